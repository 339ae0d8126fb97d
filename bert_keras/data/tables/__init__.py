"""The files that tools write, read as tables: formats, dialects, and exports of annotation tools."""
