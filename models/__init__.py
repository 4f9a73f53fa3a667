"""Neural models behind one small protocol; imports nothing from services."""
