"""CSV and Parquet files into the local warehouse."""

from quicktest.importing.table import Column, Imported, import_arrow, import_file

__all__ = ["Column", "Imported", "import_arrow", "import_file"]
