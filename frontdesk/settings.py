"""How the console words and groups a plugin's settings; ``register_settings_screen`` returns it."""

from core.settings_screen import KeyWords, SettingsGroup, SettingsScreen, SettingWords

__all__ = ["KeyWords", "SettingWords", "SettingsGroup", "SettingsScreen"]
