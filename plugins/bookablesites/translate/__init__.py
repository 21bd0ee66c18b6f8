"""Between the API's words and core's: pure functions, the only code that knows both vocabularies."""
