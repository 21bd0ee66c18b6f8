"""Pure rules and frozen records. No input or output of any kind happens below this package."""
