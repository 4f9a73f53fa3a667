"""What people do with what they are shown, and what is learned of it."""
