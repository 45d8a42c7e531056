"""The console's texts in English and German, a module for each page."""
