"""CSV and Parquet files into the local warehouse."""

from quicktest.importing.table import Column, Imported, find_same, import_arrow, import_file

__all__ = ["Column", "Imported", "find_same", "import_arrow", "import_file"]
