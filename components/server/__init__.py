"""The model server: kserve's V1 and V2 protocols over a pushed SavedModel."""
