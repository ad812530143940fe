//! Tokens of the tabs: fetching one without a call, the browser, and the question whether a command may run.
//!
//! Must not know: toolkit.

use std::path::Path;

use super::run::Login;
use super::{Action, App, Notice, RequestPane};
use crate::collection::AgreedCommands;
use crate::engine::{Cause, Job, Step, TokenJob, TokenState};
use crate::request::{self, Access, AuthDraft, CommandSpec, Credentials, Place};

/// What a tab knows of its token.
#[derive(Debug, Default)]
pub struct TabAuth {
    /// A command that waits for the user's word.
    pub question: Option<Question>,
    /// The token of the credentials as they are typed; `None` where they need none, or are not whole. Known while the
    /// Auth pane is shown.
    pub token: Option<TokenState>,
    /// The address where the user is to log in, while that is awaited.
    pub browser: Option<String>,
    /// Why the latest token that was asked for did not come.
    pub failure: Option<Cause>,
    /// The latest token that was asked for came, whether or not it is kept.
    pub came: bool,
    /// Secrets are shown.
    pub shown: bool,
    job: Option<TokenJob>,
    /// Allowed for the next call or token alone.
    once: Option<CommandSpec>,
}

/// May this command run?
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The command.
    pub command: CommandSpec,
    /// What waits for it.
    pub verb: AuthVerb,
}

/// What needs a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthVerb {
    /// A call.
    Send,
    /// The user, to see whether there is one.
    Fetch,
}

/// What the user says to a [`Question`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Run it this time.
    Once,
    /// Run that very line from now on.
    Always,
    /// Do not run it.
    Never,
}

impl TabAuth {
    /// Whether a token is being fetched outside a call.
    #[must_use]
    pub const fn is_fetching(&self) -> bool {
        self.job.is_some()
    }

    /// Marks a command as agreed to where it is; otherwise the question is put.
    pub(super) fn may_run(&mut self, agreed: &AgreedCommands, access: &mut Access, verb: AuthVerb) -> bool {
        let Some(Credentials::Command(command)) = &mut access.credentials else { return true };
        let once = self.once.take().is_some_and(|once| once == *command);
        if once || agreed.has(command) {
            command.agreed = true;
            return true;
        }
        self.question = Some(Question { command: command.clone(), verb });
        false
    }
}

/// Marks a command as agreed to where it is.
pub(super) fn mark_agreed(agreed: &AgreedCommands, access: &mut Access) {
    if let Some(Credentials::Command(command)) = &mut access.credentials {
        command.agreed = agreed.has(command);
    }
}

impl App {
    /// Fetches the token of the current tab.
    pub(super) fn fetch_token(&mut self) {
        let scope = self.scope();
        let Self { tabs, engine, active, agreed, .. } = self;
        let Some(tab) = tabs.iter_mut().find(|tab| tab.id == *active) else { return };
        tab.problems.retain(|problem| problem.place != Place::Auth);
        match request::resolve_access(&tab.draft, &scope) {
            Ok(mut access) => {
                (tab.auth.failure, tab.auth.came) = (None, false);
                if access.credentials.is_some() && tab.auth.may_run(agreed, &mut access, AuthVerb::Fetch) {
                    tab.auth.job = Some(engine.fetch_token(access));
                }
            }
            Err(problems) => super::calls::show_problems(tab, problems),
        }
    }

    /// Ends the fetching; a call that waits for the browser is cancelled.
    pub(super) fn cancel_token(&mut self) {
        if let Some(tab) = self.tab_mut() {
            tab.auth.browser = None;
            if tab.auth.job.take().is_none()
                && let Some(run) = &tab.run
            {
                run.cancel();
            }
        }
    }

    /// Drops the token of the current tab.
    pub(super) fn forget_token(&mut self) {
        if let Some(credentials) = self.credentials() {
            self.engine.forget_token(&credentials);
        }
        if let Some(tab) = self.tab_mut() {
            (tab.auth.failure, tab.auth.came) = (None, false);
        }
    }

    /// Takes the user's word about a command.
    pub(super) fn answer_command(&mut self, answer: Answer) {
        let Some(question) = self.tab_mut().and_then(|tab| tab.auth.question.take()) else { return };
        let Question { command, verb } = question;
        match answer {
            Answer::Never => return,
            Answer::Once => {
                if let Some(tab) = self.tab_mut() {
                    tab.auth.once = Some(command);
                }
            }
            Answer::Always => {
                self.agreed.add(&command);
                let path = self.dirs.agreed_commands();
                let work = move || AgreedCommands::save(&path, &command);
                self.jobs.stores.push(self.engine.blocking(work));
            }
        }
        match verb {
            AuthVerb::Send => self.apply(Action::Command(super::Command::Send)),
            AuthVerb::Fetch => self.fetch_token(),
        }
    }

    /// Copies the token of the current tab.
    pub(super) fn copy_token(&mut self) {
        if let Some(TokenState::Held(token)) = self.tab().and_then(|tab| tab.auth.token.clone()) {
            self.copied = Some(token.value.reveal().to_owned());
        }
    }

    /// The credentials of the current tab as the engine would have them.
    fn credentials(&self) -> Option<Credentials> {
        let tab = self.tab()?;
        let scope = self.scope();
        let auth = if tab.draft.auth == AuthDraft::Inherit { &scope.auth } else { &tab.draft.auth };
        let mut credentials = request::credentials(auth, &scope).ok()??;
        if let Credentials::Command(command) = &mut credentials {
            command.agreed = true;
        }
        Some(credentials)
    }

    pub(super) fn poll_auth(&mut self) {
        let mut addresses = Vec::new();
        for tab in &mut self.tabs {
            let TabAuth { job, browser, failure, came, .. } = &mut tab.auth;
            if let Some(run) = &mut tab.run
                && let Some(login) = run.take_login()
            {
                *browser = match login {
                    Login::Awaited(address) => {
                        addresses.push(address.clone());
                        Some(address)
                    }
                    Login::Over => None,
                };
            }
            let Some(running) = job else { continue };
            while let Some(step) = running.try_step() {
                match step {
                    Step::Browser { url } => {
                        addresses.push(url.clone());
                        *browser = Some(url);
                    }
                    Step::Token { .. } => *browser = None,
                    _ => {}
                }
            }
            if let Some(answer) = running.try_next() {
                (*job, *browser) = (None, None);
                *came = matches!(answer, Ok(Ok(())));
                *failure = match answer {
                    Ok(Ok(())) => None,
                    Ok(Err(cause)) => Some(cause),
                    Err(panicked) => Some(Cause::Internal { detail: panicked.to_string() }),
                };
            }
        }
        for address in addresses {
            let opener = self.browser.clone();
            self.jobs.browsers.push(self.engine.blocking(move || opener.open(Path::new(&address))));
        }
        let mut failures = Vec::new();
        self.jobs.browsers.retain_mut(|job| match job.try_next() {
            None => true,
            Some(Ok(Ok(()))) => false,
            Some(Ok(Err(error))) => {
                failures.push(error.to_string());
                false
            }
            Some(Err(panicked)) => {
                failures.push(panicked.to_string());
                false
            }
        });
        if let Some(problem) = failures.pop() {
            let message = self.text.with("auth-no-browser", &[("problem", problem.into())]);
            self.notice = Some(Notice { is_error: true, message });
        }
        if self.tab().is_some_and(|tab| tab.pane == RequestPane::Auth) {
            let state = self.credentials().map(|credentials| self.engine.token_state(&credentials));
            if let Some(tab) = self.tab_mut() {
                tab.auth.token = state;
            }
        }
    }
}

/// Browsers being opened.
pub(super) type Browsers = Vec<Job<std::io::Result<()>>>;
