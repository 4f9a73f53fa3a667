"""Whatever turns content into vectors behind the EmbedderClient port."""
