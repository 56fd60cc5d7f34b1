//! Whether a request is meant for what there is now (RFC 9110, section 13).

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderValue, Method};

use super::request::Request;

/// How long a file must not have changed for its tag to be a strong one. File systems note the time
/// of a change in steps, the coarsest of two seconds (FAT): before that it may change again, and
/// nobody would see it (section 8.8.1).
const STILL_FOR: Duration = Duration::from_secs(3);

/// What tells one state of a file from another.
#[derive(Clone, Debug)]
pub(super) struct Validators {
    /// Its length and its time of change.
    pub(super) tag: HeaderValue,
    /// When it changed, in whole seconds: a Date says no more. Never in the future (section
    /// 8.8.2.1), whatever the file system says.
    pub(super) modified: SystemTime,
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is answered.
    Holds,
    /// It is for another state of the file: 412.
    Fails,
    /// The client has it already: 304.
    HasIt,
}

impl Validators {
    /// Of a file that is so long, and was changed then.
    pub(super) fn new(len: u64, changed: SystemTime, now: SystemTime) -> Validators {
        let since = changed.min(now).duration_since(UNIX_EPOCH).unwrap_or_default();
        let weak = if changed + STILL_FOR > now { "W/" } else { "" };
        let tag = format!("{weak}\"{len:x}-{:x}.{:x}\"", since.as_secs(), since.subsec_nanos());
        Validators {
            tag: HeaderValue::from_str(&tag).expect("visible ASCII"),
            modified: UNIX_EPOCH + Duration::from_secs(since.as_secs()),
        }
    }

    /// Looks at the conditions in the order of section 13.2.2. A tag says more than a date, so a
    /// date is looked at where there is no tag.
    pub(super) fn judge(&self, request: &Request) -> Verdict {
        let date = |name| request.only_field(name).and_then(parse);
        let holds = match self.any_tag(request, "if-match", Validators::is_strongly) {
            Some(known) => known,
            None => date("if-unmodified-since").is_none_or(|date| self.modified <= date),
        };
        if !holds {
            return Verdict::Fails;
        }
        let has_it = match self.any_tag(request, "if-none-match", Validators::is_weakly) {
            Some(known) => known,
            None => date("if-modified-since").is_some_and(|date| self.modified <= date),
        };
        if has_it { Verdict::HasIt } else { Verdict::Holds }
    }

    /// The Range field, if it counts: of a GET, which alone has ranges (section 14.2), and for the
    /// file that the client knows a part of (section 13.1.5).
    pub(super) fn range<'r>(&self, request: &'r Request) -> Option<&'r str> {
        if request.method() != Method::GET {
            return None;
        }
        let same = match request.only_field("if-range") {
            None => request.field("if-range").is_none(),
            Some(known) => match parse(known) {
                // As good as a strong tag, as that one is strong (section 8.8.2.2).
                Some(date) => date == self.modified && !is_weak(self.tag.as_bytes()),
                None => self.is_strongly(known),
            },
        };
        request.only_field("range").filter(|_| same)
    }

    /// Whether one of the tags in fields of this name is ours; `None`: there is no such field.
    fn any_tag(&self, request: &Request, name: &str, is_ours: Comparison) -> Option<bool> {
        let mut found = None;
        for list in request.fields(name) {
            let mut tags = list.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
            let ours = tags
                .any(|tag| tag == b"*" || str::from_utf8(tag).is_ok_and(|tag| is_ours(self, tag)));
            found = Some(ours || found == Some(true));
        }
        found
    }

    /// Section 8.8.3.2: the same, and neither is weak.
    fn is_strongly(&self, tag: &str) -> bool {
        !is_weak(tag.as_bytes()) && self.tag == tag
    }

    /// The same, whether weak or not.
    fn is_weakly(&self, tag: &str) -> bool {
        let opaque = |tag: &'_ [u8]| tag.strip_prefix(b"W/").unwrap_or(tag).to_vec();
        opaque(tag.as_bytes()) == opaque(self.tag.as_bytes())
    }
}

type Comparison = fn(&Validators, &str) -> bool;

fn is_weak(tag: &[u8]) -> bool {
    tag.starts_with(b"W/")
}

fn parse(date: &str) -> Option<SystemTime> {
    httpdate::parse_http_date(date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_strong_when_the_file_was_still_for_a_while() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let of = |changed| Validators::new(10, changed, now);
        let text = |validators: &Validators| validators.tag.to_str().expect("text").to_owned();
        let (fresh, old) = (of(now - STILL_FOR + Duration::from_nanos(1)), of(now - STILL_FOR));
        assert!(text(&fresh).starts_with("W/\""));
        assert!(text(&old).starts_with('"'));
        assert!(!old.is_strongly("W/\"a-f423d.0\""));
        assert!(old.is_weakly("W/\"a-f423d.0\""), "{old:?}");
        assert!(old.is_strongly("\"a-f423d.0\""));
        // The same file a moment later has the same tag, but for its strength.
        let later = Validators::new(10, now, now + STILL_FOR);
        assert!(of(now).is_weakly(&text(&later)));
    }

    #[test]
    fn a_file_of_tomorrow_is_of_now() {
        let now = UNIX_EPOCH + Duration::from_millis(1_500);
        let validators = Validators::new(0, now + Duration::from_secs(86_400), now);
        assert_eq!(validators.modified, UNIX_EPOCH + Duration::from_secs(1));
        let before_all = Validators::new(0, UNIX_EPOCH - Duration::from_secs(1), now);
        assert_eq!(before_all.modified, UNIX_EPOCH);
    }
}
