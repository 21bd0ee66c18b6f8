"""Pages of a plugin's own in the console: what ``register_console_pages`` returns, and what such a page gets."""

from core.console_pages import ConsolePage, PageContent, PageRedirect, PageRequest

__all__ = ["ConsolePage", "PageContent", "PageRedirect", "PageRequest"]
