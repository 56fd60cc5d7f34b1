//! Cookies that servers have given: whose they are, and for how long (RFC 6265).
//!
//! A kept crate reads them, says whom they are for, and forgets them in time. What it leaves to its user is
//! here: bounds, the order in which they are sent, and whose word is taken for what. There is no list of
//! public suffixes, without which nobody can know that "co.uk" is no one's own. So a cookie goes back to
//! the host that gave it and to no other, whatever its Domain says; and to every port of that host, for
//! cookies do not know ports (section 8.5).

use std::cell::RefCell;

use cookie_store::{Cookie, CookieStore, RawCookie};
use url::Url;

use crate::proto::Fields;

/// Bytes of a cookie with its attributes; a longer one is not kept. Every client keeps so many (RFC 6265,
/// section 6.1), so that no server counts on more.
pub const COOKIE_BYTES_MAX: usize = 4096;

/// Cookies of a host; one more is not kept. From the same place.
pub const COOKIES_PER_HOST_MAX: usize = 50;

/// Cookies in all; one more is not kept. From the same place.
pub const COOKIES_MAX: usize = 3000;

/// The cookies of a session.
#[derive(Debug, Default)]
pub(super) struct Jar(RefCell<CookieStore>);

impl Jar {
    /// What to say in the field `cookie` to this URL: those of longer paths first (section 5.4).
    pub(super) fn value(&self, url: &Url) -> Option<String> {
        let store = self.0.borrow();
        let mut cookies = store.matches(url);
        // The crate takes the loopback for as good as https. Who listens there is not always known.
        cookies.retain(|cookie| !is_secure(cookie) || url.scheme() == "https");
        cookies
            .sort_by(|a, b| b.path.len().cmp(&a.path.len()).then_with(|| a.name().cmp(b.name())));
        let pairs = cookies.iter().map(|cookie| format!("{}={}", cookie.name(), cookie.value()));
        let pairs: Vec<String> = pairs.collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Keeps what an answer from this URL gives. What is wrong is passed over, and nobody is told
    /// (section 5.2).
    pub(super) fn keep(&self, fields: &Fields, url: &Url) {
        for (name, value) in fields.iter() {
            if name.eq_ignore_ascii_case("set-cookie")
                && value.len() <= COOKIE_BYTES_MAX
                && let Ok(text) = str::from_utf8(value)
                && let Ok(cookie) = RawCookie::parse(text.to_owned())
            {
                self.keep_one(cookie, url);
            }
        }
    }

    // ANCHOR: keep_one
    fn keep_one(&self, mut cookie: RawCookie<'static>, url: &Url) {
        // That its Domain is not somebody else's is looked at here, and then it is for this host alone.
        if Cookie::try_from_raw_cookie(&cookie, url).is_err() {
            return;
        }
        cookie.unset_domain();
        let Ok(cookie) = Cookie::try_from_raw_cookie(&cookie, url) else { return };
        let host = String::from(&cookie.domain);
        let mut store = self.0.borrow_mut();
        let before = store.get_any(&host, &cookie.path, cookie.name());
        // Anybody on the way could have said it, where it did not come by https.
        let by_anybody = url.scheme() != "https";
        if by_anybody && (is_secure(&cookie) || before.is_some_and(|before| is_secure(before))) {
            return;
        }
        if before.is_none() && is_full(&mut store, &host) {
            return;
        }
        // One that is expired ends the one before it; to others of that kind it says no.
        let _ = store.insert(cookie, url);
    }
    // ANCHOR_END: keep_one

    /// Forgets all of them.
    pub(super) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

fn is_secure(cookie: &RawCookie<'_>) -> bool {
    cookie.secure() == Some(true)
}

/// Whether there is no room for one more of this host. The crate keeps the expired ones, too: they go first.
fn is_full(store: &mut CookieStore, host: &str) -> bool {
    let full = |store: &CookieStore| {
        let is_of_host = |cookie: &&Cookie<'_>| cookie.domain.as_cow().as_deref() == Some(host);
        let of_host = store.iter_any().filter(is_of_host);
        store.iter_any().count() >= COOKIES_MAX || of_host.count() >= COOKIES_PER_HOST_MAX
    };
    if full(store) {
        let expired = store.iter_any().filter(|cookie| cookie.is_expired());
        let expired: Vec<_> = expired
            .map(|cookie| {
                (String::from(&cookie.domain), String::from(&cookie.path), cookie.name().to_owned())
            })
            .collect();
        for (domain, path, name) in expired {
            store.remove(&domain, &path, &name);
        }
    }
    full(store)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said to `url` after each of `given` was given by its URL.
    fn said(given: &[(&str, &str)], url: &str) -> String {
        let jar = Jar::default();
        for (from, cookie) in given {
            give(&jar, from, cookie);
        }
        ask(&jar, url)
    }

    fn give(jar: &Jar, from: &str, cookie: &str) {
        let mut fields = Fields::new();
        fields.push("Set-Cookie", cookie.as_bytes());
        jar.keep(&fields, &Url::parse(from).expect("a URL"));
    }

    fn ask(jar: &Jar, url: &str) -> String {
        jar.value(&Url::parse(url).expect("a URL")).unwrap_or_default()
    }

    #[test]
    fn a_cookie_goes_back_to_its_host_and_to_no_other() {
        let one = [("http://a.example/", "n=v")];
        for url in ["http://a.example/", "http://A.EXAMPLE/x?y", "https://a.example:8443/"] {
            assert_eq!(said(&one, url), "n=v", "{url}");
        }
        for url in ["http://example/", "http://b.a.example/", "http://xa.example/", "http://b/"] {
            assert_eq!(said(&one, url), "", "{url}");
        }
    }

    #[test]
    fn a_domain_widens_nothing_and_a_foreign_one_is_refused() {
        for domain in ["a.b.example", ".a.b.example", "b.example", "example"] {
            let given = format!("n=v; Domain={domain}");
            let given = [("http://a.b.example/", given.as_str())];
            assert_eq!(said(&given, "http://a.b.example/"), "n=v", "{domain}");
            for other in ["http://b.example/", "http://c.b.example/", "http://c.a.b.example/"] {
                assert_eq!(said(&given, other), "", "{domain}, {other}");
            }
        }
        for domain in ["c.example", "x.a.b.example", "xample", "127.0.0.1"] {
            let given = format!("n=v; Domain={domain}");
            let given = [("http://a.b.example/", given.as_str())];
            assert_eq!(said(&given, "http://a.b.example/"), "", "{domain}");
        }
    }

    #[test]
    fn paths_say_where_and_longer_ones_come_first() {
        let given = [
            ("http://a/x/y", "of=folder"),
            ("http://a/", "b=2; Path=/"),
            ("http://a/", "a=1; Path=/"),
            ("http://a/", "deep=3; Path=/x/y"),
        ];
        assert_eq!(said(&given, "http://a/"), "a=1; b=2");
        assert_eq!(said(&given, "http://a/x/other"), "of=folder; a=1; b=2");
        assert_eq!(said(&given, "http://a/x/y/z"), "deep=3; of=folder; a=1; b=2");
        assert_eq!(said(&given, "http://a/x/yes"), "of=folder; a=1; b=2");
        assert_eq!(said(&given, "http://a/xy"), "a=1; b=2");
    }

    #[test]
    fn what_is_secure_comes_and_goes_by_https_alone() {
        let secure = ("https://a/", "n=secret; Secure");
        assert_eq!(said(&[secure], "https://a/"), "n=secret");
        assert_eq!(said(&[secure], "http://a/"), "");
        assert_eq!(said(&[("http://a/", "n=v; Secure")], "https://a/"), "", "nobody may say so");
        for forged in ["n=forged", "n=; Max-Age=0", "n=forged; Secure"] {
            assert_eq!(
                said(&[secure, ("http://a/", forged)], "https://a/"),
                "n=secret",
                "{forged}"
            );
        }
        let here = ("https://127.0.0.1/", "n=v; Secure");
        assert_eq!(said(&[here], "http://127.0.0.1/"), "", "nor to the loopback");
    }

    #[test]
    fn the_last_word_counts_and_an_expired_one_ends_it() {
        let kept = ("http://a/", "n=v; Max-Age=1000");
        assert_eq!(said(&[kept, ("http://a/", "n=w")], "http://a/"), "n=w");
        for end in ["n=; Max-Age=0", "n=; Max-Age=-1", "n=v; Expires=Thu, 01 Jan 1970 00:00:01 GMT"]
        {
            assert_eq!(said(&[kept, ("http://a/", end)], "http://a/"), "", "{end}");
            assert_eq!(said(&[kept, ("http://a/", end), kept], "http://a/"), "n=v", "{end}");
        }
    }

    #[test]
    fn what_is_no_cookie_is_passed_over() {
        let cookie = |bytes: usize| format!("n={}", "v".repeat(bytes - 2));
        let (fits, passes) = (cookie(COOKIE_BYTES_MAX), cookie(COOKIE_BYTES_MAX + 1));
        assert_eq!(said(&[("http://a/", &fits)], "http://a/"), fits);
        for wrong in ["", ";", "=v", "name alone", &passes] {
            assert_eq!(said(&[("http://a/", wrong)], "http://a/"), "", "{wrong:.20}");
        }
        let jar = Jar::default();
        let mut fields = Fields::new();
        fields.push("set-cookie", b"n=\xff");
        fields.push("set-cookie", b"after=it");
        let url = Url::parse("http://a/").expect("a URL");
        jar.keep(&fields, &url);
        assert_eq!(jar.value(&url).as_deref(), Some("after=it"));
    }

    #[test]
    fn a_host_has_so_many_cookies_and_no_more() {
        let jar = Jar::default();
        for number in 0..=COOKIES_PER_HOST_MAX {
            give(&jar, "http://a/", &format!("n{number}=v"));
        }
        let count = |url: &str| ask(&jar, url).matches('=').count();
        assert_eq!(count("http://a/"), COOKIES_PER_HOST_MAX);
        give(&jar, "http://a/", "n0=w");
        assert!(ask(&jar, "http://a/").contains("n0=w;"), "what is there may change");
        give(&jar, "http://b/", "n=v");
        assert_eq!(count("http://b/"), 1, "another host has its own");
        give(&jar, "http://a/", "n0=; Max-Age=0");
        give(&jar, "http://a/", "new=v");
        assert!(ask(&jar, "http://a/").contains("new=v"), "there is room for one again");
        assert_eq!(count("http://a/"), COOKIES_PER_HOST_MAX);
    }

    #[test]
    fn all_together_are_so_many_and_no_more() {
        let jar = Jar::default();
        for host in 0..COOKIES_MAX / COOKIES_PER_HOST_MAX {
            for number in 0..COOKIES_PER_HOST_MAX {
                give(&jar, &format!("http://h{host}/"), &format!("n{number}=v"));
            }
        }
        give(&jar, "http://one-more/", "n=v");
        assert_eq!(ask(&jar, "http://one-more/"), "");
        give(&jar, "http://h0/", "n0=; Max-Age=0");
        give(&jar, "http://one-more/", "n=v");
        assert_eq!(ask(&jar, "http://one-more/"), "n=v");
        jar.clear();
        assert_eq!(ask(&jar, "http://one-more/"), "");
    }

    #[test]
    fn times_without_end_and_before_all_time_are_times() {
        for end in ["99999999999999999999", "9223372036854775807", "-9223372036854775808", "1e9"] {
            for expires in
                ["Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "soon"]
            {
                let given = format!("n=v; Max-Age={end}; Expires={expires}");
                let said = said(&[("http://a/", &given)], "http://a/");
                assert!(["", "n=v"].contains(&said.as_str()), "{given}: {said}");
            }
        }
    }

    proptest::proptest! {
        /// Whatever a server gives, its client is not brought down by it.
        #[test]
        fn anything_may_be_given(
            given in "[a-c=]{0,3}(; ?(Path|Domain|Max-Age|Expires|Secure|n)(=[-./a0-9é%\\[:\\]\"]{0,8})?){0,4}",
            from in "https?://(a|a\\.b|127\\.0\\.0\\.1|\\[::1\\])(/[a%0-9é]{0,3}){1,3}",
        ) {
            let jar = Jar::default();
            give(&jar, &from, &given);
            let said = ask(&jar, &from);
            proptest::prop_assert!(said.is_empty() || given.starts_with(&said), "{}", said);
        }
    }
}
