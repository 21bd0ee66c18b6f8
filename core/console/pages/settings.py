"""Settings of plugins: the list, and a form for each, as its struct and its screen describe it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import falcon

from core.console.pages.base import Page, read_form, text_field
from core.console.setting_inputs import (
    SettingInput,
    WrongInput,
    in_words,
    make_input,
    read_value,
    with_sent_text,
)
from core.errors import NotFound
from core.http.dialect import CredentialIssuer
from core.issued_keys import IssuedKey, KeyRefused, create_key
from core.plugin_settings import DATASTORE, SettingState, describe_settings, unknown_settings
from core.plugins import LoadedPlugin
from core.services import credentials, stored_settings
from core.services.credentials import Credential
from core.services.operators import OWNER
from core.setting_fields import setting_fields
from core.settings_changes import RESET, SettingRefused, change_settings
from core.settings_screen import SettingsGroup, SettingsScreen, complete_screen


@dataclass(frozen=True, slots=True)
class FormGroup:
    """A heading of the form with its fields."""

    title: str
    help: str
    inputs: Sequence[SettingInput]
    groups: Sequence["FormGroup"]


class SettingsPage(Page):
    """``/settings``: the plugins, and how many of their settings are not as they came."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        stored = stored_settings.read()
        manager, config = self.console.manager, self.console.config
        rows = []
        for plugin in manager.plugins:
            states = describe_settings(config, plugin.name, plugin.struct, stored).settings
            screen = manager.settings_screens.get(plugin.name, SettingsScreen())
            changed = sum(state.source == DATASTORE for state in states)
            rows.append((plugin, screen, len(states), changed, sum(state.is_locked for state in states)))
        self.show(req, resp, "settings.html", plugins=rows)


class PluginSettingsPage(Page):
    """``/settings/{plugin}``: change settings, give one its default back, and make the dialect's single key."""

    writes = OWNER

    def on_get(self, req: falcon.Request, resp: falcon.Response, plugin: str) -> None:
        self._show(req, resp, self._plugin(plugin))

    def on_post(self, req: falcon.Request, resp: falcon.Response, plugin: str) -> None:
        loaded = self._plugin(plugin)
        form = read_form(req)
        try:
            if "reset" in form:
                self._reset(resp, loaded, text_field(form, "reset"))
            elif text_field(form, "action") == "generate":
                self._show(req, resp, loaded, new=self._generate(loaded, form))
            else:
                self._save(req, resp, loaded, form)
        except KeyRefused as error:
            resp.status = 422
            problem = "" if error.existing else in_words(str(error))
            self._show(req, resp, loaded, problem=problem, existing=error.existing)
        except SettingRefused as error:
            resp.status = 422
            self._show(req, resp, loaded, form=form, problem=in_words(str(error)))

    def _plugin(self, name: str) -> LoadedPlugin:
        for plugin in self.console.manager.plugins:
            if plugin.name == name:
                return plugin
        raise NotFound(kind="plugin", id=name)

    def _reset(self, resp: falcon.Response, plugin: LoadedPlugin, key: str) -> None:
        self._change(plugin, {key: RESET})
        labels = {setting.key: setting.full_label for setting in _all_inputs(self._groups(plugin))}
        message = f"{labels.get(key, key)}: the default is in force again."
        self.see_other(resp, self.console.url("settings", plugin.name), message)

    def _generate(self, plugin: LoadedPlugin, form: Mapping[str, Any]) -> IssuedKey:
        issuer = self.console.manager.issuers.get(plugin.name)
        if issuer is None or not issuer.is_single:
            raise KeyRefused("dialect", "this plugin has no single key; see the page Keys.")
        return create_key(
            issuer,
            label=self._screen(plugin).title or "settings",
            permissions=None,
            user=None,
            expires_at=None,
            now=self.console.clock(),
            replace=bool(text_field(form, "replace")),
        )

    def _save(self, req: falcon.Request, resp: falcon.Response, plugin: LoadedPlugin, form: Mapping[str, Any]) -> None:
        """Change what the form shows otherwise than it was made with; nothing where something is wrong."""
        kinds = {key: field.kind for key, field in setting_fields(plugin.struct).items()}
        changes: dict[str, Any] = {}
        problems: dict[str, str] = {}
        labels: list[str] = []
        for setting in _all_inputs(self._groups(plugin, form)):
            if not setting.is_changed:
                continue
            labels.append(setting.full_label)
            try:
                changes[setting.key] = read_value(setting, kinds[setting.key])
            except WrongInput as error:
                problems[setting.key] = str(error)
        if not problems:
            try:
                self._change(plugin, changes)
            except SettingRefused as error:
                if error.key not in changes:
                    raise
                problems[error.key] = in_words(str(error).removeprefix(f"{plugin.name}.{error.key}: "))
        if problems:
            resp.status = 422
            self._show(req, resp, plugin, form=form, problems=problems)
            return
        message = f"Saved, and in force everywhere: {', '.join(labels)}." if changes else "Nothing was changed."
        self.see_other(resp, self.console.url("settings", plugin.name), message)

    def _change(self, plugin: LoadedPlugin, changes: Mapping[str, Any]) -> None:
        if changes:
            manager, config = self.console.manager, self.console.config
            change_settings(config, manager, plugin.name, changes, now=self.console.clock())

    def _screen(self, plugin: LoadedPlugin) -> SettingsScreen:
        return complete_screen(self.console.manager.settings_screens.get(plugin.name), plugin.struct)

    def _groups(
        self, plugin: LoadedPlugin, form: Mapping[str, Any] | None = None, problems: Mapping[str, str] | None = None
    ) -> list[FormGroup]:
        stored = stored_settings.read()
        described = describe_settings(self.console.config, plugin.name, plugin.struct, stored)
        states = {state.key: state for state in described.settings}
        return [_form_group(group, states, form or {}, problems or {}) for group in self._screen(plugin).groups]

    def _show(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        plugin: LoadedPlugin,
        *,
        form: Mapping[str, Any] | None = None,
        problems: Mapping[str, str] | None = None,
        problem: str = "",
        new: IssuedKey | None = None,
        existing: Credential | None = None,
    ) -> None:
        now = self.console.clock()
        groups = self._groups(plugin, form, problems)
        issuer = self.console.manager.issuers.get(plugin.name)
        self.show(
            req,
            resp,
            "plugin_settings.html",
            plugin=plugin.name,
            screen=self._screen(plugin),
            groups=groups,
            wrong=[setting for setting in _all_inputs(groups) if setting.problem],
            problem=problem,
            issuer=issuer,
            key=_single_key(issuer, now),
            new=new,
            command=new.command(url=self.console.config.site.url, now=now) if new is not None else "",
            existing=existing,
            left_over=unknown_settings(plugin.name, plugin.struct, stored_settings.read()),
            may_change=req.context.operator.may(self.writes),
        )


def _form_group(
    group: SettingsGroup, states: Mapping[str, SettingState], form: Mapping[str, Any], problems: Mapping[str, str]
) -> FormGroup:
    inputs = (with_sent_text(make_input(states[words.key], words), form) for words in group.settings)
    return FormGroup(
        title=group.title,
        help=group.help.replace("`", ""),
        inputs=[
            replace(setting, problem=problems.get(setting.key, ""), full_label=_full_label(group, setting))
            for setting in inputs
        ],
        groups=[_form_group(inner, states, form, problems) for inner in group.groups],
    )


def _full_label(group: SettingsGroup, setting: SettingInput) -> str:
    return f"{group.title}: {setting.label}" if "." in setting.key and group.title else setting.label


def _all_inputs(groups: Sequence[FormGroup]) -> list[SettingInput]:
    return [setting for group in groups for setting in (*group.inputs, *_all_inputs(group.groups))]


def _single_key(issuer: CredentialIssuer | None, now: Any) -> tuple[Credential, Any] | None:
    """The key in force of a dialect that has one for the whole site, and when it ends."""
    if issuer is None or not issuer.is_single:
        return None
    usable = credentials.list_usable(issuer.realm, now=now)
    if not usable:
        return None
    return usable[0], issuer.expiry(usable[0]) if issuer.expiry is not None else usable[0].expires_at
