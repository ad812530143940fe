//! The Auth pane: which credentials a request takes along, the token that came of them, and the question whether a
//! command may run.

use egui::{Id, Ui};

use super::icons::Icon;
use super::theme;
use super::widgets::{self, Choice, Field, FormLabel, FormRow, NoticeKind};
use crate::app::auth::{Answer, Question};
use crate::app::tab::Tab;
use crate::app::{Action, App};
use crate::engine::TokenState;
use crate::request::{
    AuthDraft, AuthKind, ClientAuth, CommandDraft, EntryDraft, JwtAlgorithm, JwtDraft, MASK, OAuthDraft, OAuthGrant,
    Place, Scope, before_credentials, redirect_address, redirect_port,
};
use crate::text::Text;

/// Width of short lists.
const SHORT: f32 = 200.0;
/// Lines of a field for a JSON object.
const OBJECT_ROWS: usize = 4;

pub(super) fn ui(ui: &mut Ui, app: &mut App, scope: &Scope, actions: &mut Vec<Action>) {
    let text = app.text.clone();
    // The bar for scrolling stands beside the fields, not on them.
    ui.set_max_width(ui.available_width() - theme::GAP);
    let Some(tab) = app.tab_mut() else { return };
    let problem =
        tab.problems.iter().find(|problem| problem.place == Place::Auth).map(|problem| problem.message.clone());
    if draft_ui(ui, tab.id.0, &mut tab.draft.auth, &mut tab.auth.shown, scope, &text) {
        tab.auth.question = None;
        tab.auth.failure = None;
        tab.problems.retain(|problem| problem.place != Place::Auth);
    }
    if let Some(problem) = problem {
        ui.add_space(4.0);
        widgets::inline_problem(ui, &problem);
    }
    if tab.saved.is_some() {
        plain_secret_ui(ui, &tab.draft.auth, &text);
    }
    if let Some(name) = before_credentials(&tab.draft.metadata, &tab.draft.auth, scope) {
        ui.add_space(8.0);
        widgets::notice(ui, NoticeKind::Warning, &text.with("auth-not-sent", &[("name", name.into())]), &[]);
    }
    ui.add_space(8.0);
    if let Some(question) = &tab.auth.question {
        question_ui(ui, question, &text, actions);
    } else {
        token_ui(ui, tab, scope, &text, actions);
    }
}

/// Says so where a secret would go into a file as it is typed.
pub(super) fn plain_secret_ui(ui: &mut Ui, auth: &AuthDraft, text: &Text) {
    if auth.has_plain_secret() {
        ui.add_space(8.0);
        widgets::notice(ui, NoticeKind::Warning, text.get("auth-plain-secret"), &[]);
    }
}

/// Kind and fields of the credentials that a draft has, a tab's or a folder's; whether another kind was chosen. `id`
/// tells their fields from those of other drafts.
pub(super) fn draft_ui(
    ui: &mut Ui,
    id: u64,
    auth: &mut AuthDraft,
    shown: &mut bool,
    scope: &Scope,
    text: &Text,
) -> bool {
    ui.spacing_mut().item_spacing.y = 4.0;
    let changed = kind_ui(ui, id, auth, text);
    ui.add_space(8.0);
    let mut pane = Pane { id, scope, text, shown: *shown };
    match auth {
        AuthDraft::Inherit => {
            super::secondary(ui, text.get("auth-inherit-help"));
            if scope.auth.kind() != AuthKind::Inherit {
                let kind = text.get(kind_key(scope.auth.kind()));
                super::hint(ui, &text.with("inherited-value", &[("value", kind.into())]));
            }
        }
        AuthDraft::None => super::secondary(ui, text.get("auth-none-help")),
        AuthDraft::Bearer { token } => pane.secret_ui(ui, "auth-token", token),
        AuthDraft::Basic { user, password } => {
            pane.text_ui(ui, "auth-user", user);
            pane.secret_ui(ui, "auth-password", password);
        }
        AuthDraft::ApiKey { name, value } => {
            pane.text_ui(ui, "auth-name", name);
            pane.secret_ui(ui, "auth-value", value);
        }
        AuthDraft::Jwt(jwt) => pane.jwt_ui(ui, jwt),
        AuthDraft::OAuth2(oauth) => pane.oauth_ui(ui, oauth),
        AuthDraft::Command(command) => pane.command_ui(ui, command),
    }
    *shown = pane.shown;
    changed
}

fn kind_key(kind: AuthKind) -> &'static str {
    match kind {
        AuthKind::Inherit => "auth-inherit",
        AuthKind::None => "auth-none",
        AuthKind::Bearer => "auth-bearer",
        AuthKind::Basic => "auth-basic",
        AuthKind::ApiKey => "auth-api-key",
        AuthKind::Jwt => "auth-jwt",
        AuthKind::OAuth2 => "auth-oauth2",
        AuthKind::Command => "auth-command",
    }
}

fn kind_ui(ui: &mut Ui, id: u64, auth: &mut AuthDraft, text: &Text) -> bool {
    let id = Id::unique(("auth_kind", id));
    let labels = AuthKind::ALL.map(|kind| text.get(kind_key(kind)));
    let mut changed = false;
    row(ui, id, text.get("auth-kind"), None, |ui| {
        if let Some(chosen) = list(ui, id, text.get("auth-kind"), &labels, index(&AuthKind::ALL, &auth.kind())) {
            let kind = AuthKind::ALL[chosen];
            if kind != auth.kind() {
                *auth = kind.draft();
                changed = true;
            }
        }
    });
    changed
}

fn index<T: PartialEq>(all: &[T], one: &T) -> usize {
    all.iter().position(|other| other == one).unwrap_or_default()
}

/// A row of the form: its label, and beside it what `add` draws.
fn row(ui: &mut Ui, id: Id, name: &str, help: Option<&str>, add: impl FnOnce(&mut Ui)) {
    let label = FormLabel { name, kind: "", help, open: None };
    let shown = widgets::form_row(ui, &FormRow { id: id.with("row"), depth: 0, label }, add);
    if help.is_some() {
        widgets::help_mark(ui, &shown.inner.0.response, name);
    }
}

/// What there is to be read about a row.
fn help(text: &Text, key: &str) -> Option<String> {
    let key = format!("{key}-help");
    text.has(&key).then(|| text.get(&key).to_owned())
}

/// Words below a row.
fn note(ui: &mut Ui, words: &str) {
    ui.horizontal_top(|ui| {
        ui.add_space(theme::FORM_LABEL_WIDTH);
        ui.vertical(|ui| super::hint(ui, words));
    });
}

/// A list to choose from; what was chosen now.
fn list(ui: &mut Ui, id: Id, name: &str, labels: &[&str], current: usize) -> Option<usize> {
    let mut choice = Choice::new(id, name, labels.get(current).copied().unwrap_or_default());
    choice.mono = false;
    choice.width = Some(SHORT);
    widgets::combo_of_words(ui, &choice, labels)
}

/// What all rows of the pane share.
struct Pane<'a> {
    id: u64,
    scope: &'a Scope,
    text: &'a Text,
    /// Secrets are shown.
    shown: bool,
}

impl Pane<'_> {
    fn text_ui(&mut self, ui: &mut Ui, key: &str, value: &mut String) {
        self.field_ui(ui, key, value, 1, false);
    }

    /// A field whose text is hidden; a text with a variable in it is no secret.
    fn secret_ui(&mut self, ui: &mut Ui, key: &str, value: &mut String) {
        self.field_ui(ui, key, value, 1, true);
    }

    fn object_ui(&mut self, ui: &mut Ui, key: &str, value: &mut String) {
        self.field_ui(ui, key, value, OBJECT_ROWS, false);
    }

    fn field_ui(&mut self, ui: &mut Ui, key: &str, value: &mut String, rows: usize, secret: bool) {
        let label = format!("{key}-label");
        let name = self.text.get(&label);
        let hint = format!("{key}-hint");
        let id = Id::unique(("auth", self.id, key));
        row(ui, id, name, help(self.text, key).as_deref(), |ui| {
            let (ranges, ghost) = super::variables(value, self.scope);
            let hides = secret && ranges.is_empty();
            let toggle = self.text.get(if self.shown { "auth-hide" } else { "auth-show" });
            let mut field = Field::new(id, name, value);
            field.hint = if self.text.has(&hint) { self.text.get(&hint) } else { "" };
            field.mono = true;
            field.rows = rows;
            field.variables = &ranges;
            // What a variable comes to may be a secret, whatever field it stands in.
            field.ghost = ghost.as_deref().filter(|_| rows == 1 && (!secret || self.shown));
            field.password = hides && !self.shown;
            field.trailing = secret.then_some((if self.shown { Icon::EyeSlash } else { Icon::Eye }, toggle));
            if widgets::field(ui, field).trailing_clicked {
                self.shown = !self.shown;
            }
        });
    }

    fn choice_ui(&self, ui: &mut Ui, key: &str, labels: &[&str], current: usize) -> Option<usize> {
        let id = Id::unique(("auth", self.id, key));
        let label = format!("{key}-label");
        let name = self.text.get(&label);
        let mut chosen = None;
        row(ui, id, name, help(self.text, key).as_deref(), |ui| chosen = list(ui, id, name, labels, current));
        chosen
    }

    fn entry_ui(&mut self, ui: &mut Ui, entry: &mut EntryDraft) {
        self.text_ui(ui, "auth-entry-name", &mut entry.name);
        self.text_ui(ui, "auth-entry-prefix", &mut entry.prefix);
    }

    fn jwt_ui(&mut self, ui: &mut Ui, jwt: &mut JwtDraft) {
        let labels = JwtAlgorithm::ALL.map(JwtAlgorithm::name);
        let current = index(&JwtAlgorithm::ALL, &jwt.algorithm);
        if let Some(chosen) = self.choice_ui(ui, "auth-algorithm", &labels, current) {
            jwt.algorithm = JwtAlgorithm::ALL[chosen];
        }
        if jwt.algorithm.is_shared_secret() {
            self.secret_ui(ui, "auth-secret", &mut jwt.key);
            let id = Id::unique(("auth", self.id, "base64"));
            let name = self.text.get("auth-base64");
            row(ui, id, name, None, |ui| {
                widgets::switch(ui, name, &mut jwt.key_is_base64);
            });
        } else {
            self.secret_ui(ui, "auth-private-key", &mut jwt.key);
        }
        if jwt.key.is_empty() || !jwt.key_file.is_empty() {
            self.text_ui(ui, "auth-key-file", &mut jwt.key_file);
        }
        self.object_ui(ui, "auth-claims", &mut jwt.claims);
        self.text_ui(ui, "auth-lifetime", &mut jwt.lifetime);
        self.text_ui(ui, "auth-header", &mut jwt.header);
        self.entry_ui(ui, &mut jwt.entry);
    }

    fn oauth_ui(&mut self, ui: &mut Ui, oauth: &mut OAuthDraft) {
        let grants = [OAuthGrant::ClientCredentials, OAuthGrant::AuthorizationCode];
        let labels = [self.text.get("auth-client-credentials"), self.text.get("auth-authorization-code")];
        if let Some(chosen) = self.choice_ui(ui, "auth-grant", &labels, index(&grants, &oauth.grant)) {
            oauth.grant = grants[chosen];
        }
        if oauth.grant == OAuthGrant::AuthorizationCode {
            self.text_ui(ui, "auth-authorization-url", &mut oauth.authorization_url);
            self.text_ui(ui, "auth-redirect-port", &mut oauth.redirect_port);
            if let Ok(port) = redirect_port(&oauth.redirect_port, self.scope)
                && port != 0
            {
                let words = self.text.with("auth-redirect-address", &[("address", redirect_address(port).into())]);
                note(ui, &words);
            }
        }
        self.text_ui(ui, "auth-token-url", &mut oauth.token_url);
        self.text_ui(ui, "auth-client-id", &mut oauth.client_id);
        self.secret_ui(ui, "auth-client-secret", &mut oauth.client_secret);
        self.text_ui(ui, "auth-scopes", &mut oauth.scopes);
        self.text_ui(ui, "auth-audience", &mut oauth.audience);
        self.text_ui(ui, "auth-resource", &mut oauth.resource);
        let places = [ClientAuth::Header, ClientAuth::Body];
        let labels = [self.text.get("auth-in-header"), self.text.get("auth-in-body")];
        if let Some(chosen) = self.choice_ui(ui, "auth-client-auth", &labels, index(&places, &oauth.client_auth)) {
            oauth.client_auth = places[chosen];
        }
        self.field_ui(ui, "auth-parameters", &mut oauth.parameters, 2, false);
    }

    fn command_ui(&mut self, ui: &mut Ui, command: &mut CommandDraft) {
        self.text_ui(ui, "auth-command-line", &mut command.line);
        note(ui, self.text.get("auth-command-help"));
        self.text_ui(ui, "auth-command-timeout", &mut command.timeout);
        self.entry_ui(ui, &mut command.entry);
    }
}

/// May the command run?
fn question_ui(ui: &mut Ui, question: &Question, text: &Text, actions: &mut Vec<Action>) {
    let command = &question.command;
    ui.label(egui::RichText::new(text.get("auth-question")).font(theme::semibold()));
    ui.add_space(4.0);
    let line = |ui: &mut Ui, words: &str| {
        ui.label(egui::RichText::new(words).font(theme::mono()).color(theme::tokens(ui).text));
    };
    // What is agreed to must be seen, whatever variables hold.
    line(ui, &command.shown());
    ui.add_space(4.0);
    super::hint(ui, text.get("auth-question-help"));
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        let answers = [
            ("auth-allow-once", Answer::Once),
            ("auth-allow-always", Answer::Always),
            ("auth-do-not-run", Answer::Never),
        ];
        for (key, answer) in answers {
            if widgets::button(ui, None, text.get(key)).clicked() {
                actions.push(Action::AnswerCommand(answer));
            }
        }
    });
}

/// The token of the credentials, where one is to be had.
fn token_ui(ui: &mut Ui, tab: &Tab, scope: &Scope, text: &Text, actions: &mut Vec<Action>) {
    let kind = match tab.draft.auth.kind() {
        AuthKind::Inherit => scope.auth.kind(),
        kind => kind,
    };
    if !matches!(kind, AuthKind::Jwt | AuthKind::OAuth2 | AuthKind::Command) {
        return;
    }
    if let Some(address) = &tab.auth.browser {
        ui.horizontal_wrapped(|ui| {
            widgets::spinner(ui);
            super::secondary(ui, text.get("auth-waiting-browser"));
        });
        ui.horizontal_wrapped(|ui| {
            if widgets::button(ui, Some(Icon::Copy), text.get("auth-copy-address")).clicked() {
                ui.ctx().copy_text(address.clone());
            }
            if widgets::button(ui, None, text.get("cancel")).clicked() {
                actions.push(Action::CancelToken);
            }
        });
        return;
    }
    let is_fetching = tab.auth.is_fetching() || tab.auth.token == Some(TokenState::Fetching);
    ui.horizontal_wrapped(|ui| {
        if is_fetching {
            widgets::spinner(ui);
            super::secondary(ui, text.get("auth-fetching"));
            if widgets::button(ui, None, text.get("cancel")).clicked() {
                actions.push(Action::CancelToken);
            }
            return;
        }
        if widgets::button(ui, Some(Icon::Key), text.get("auth-get-token")).clicked() {
            actions.push(Action::FetchToken);
        }
        if let Some(TokenState::Held(_)) = &tab.auth.token {
            if widgets::button(ui, Some(Icon::Copy), text.get("auth-copy-token")).clicked() {
                actions.push(Action::CopyToken);
            }
            if widgets::button(ui, None, text.get("auth-forget")).clicked() {
                actions.push(Action::ForgetToken);
            }
        }
    });
    if let Some(TokenState::Held(token)) = &tab.auth.token {
        let words = match token.until.and_then(|until| jiff::Timestamp::try_from(until).ok()) {
            Some(until) => {
                let until = until.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string();
                text.with("auth-valid-until", &[("time", until.into())])
            }
            None => text.get("auth-valid").to_owned(),
        };
        super::hint(ui, &words);
        let value = if tab.auth.shown { token.value.reveal() } else { MASK };
        ui.label(egui::RichText::new(value).font(theme::mono()).color(theme::tokens(ui).text_secondary));
    }
    if kind == AuthKind::Jwt && tab.auth.came && tab.auth.token == Some(TokenState::Missing) {
        super::hint(ui, text.get("auth-signed-anew"));
    }
    if let Some(cause) = &tab.auth.failure {
        let status = crate::engine::Status::default();
        widgets::notice(ui, NoticeKind::Error, &super::status_words(text, &status, Some(cause)), &[]);
    }
}
