//! What each terminal of a session shows, in the order in which it happened.

use crate::tool::session::TERMINAL;

pub(super) struct Terminals {
    labelled: bool,
    current: String,
    text: String,
}

impl Terminals {
    /// With one terminal there is nothing to label.
    pub(super) fn new(labelled: bool) -> Self {
        Self { labelled, current: String::new(), text: String::new() }
    }

    pub(super) fn show(&mut self, terminal: &str, text: &str) {
        if text.is_empty() {
            return;
        }
        if self.labelled && self.current != terminal {
            for part in [TERMINAL, terminal, "\n"] {
                self.text.push_str(part);
            }
            self.current = terminal.to_string();
        }
        self.text += text;
        if !text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    pub(super) fn text(self) -> String {
        self.text
    }
}
