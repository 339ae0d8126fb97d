"""The exports of annotation tools, recognised by their keys and read as what they mean."""
