//! Where to: what the command line says.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

/// A client with a server in the same process; or, given an address, a small netcat: it sends its
/// input there, and prints what comes back.
#[derive(Debug, Parser)]
#[command(
    name = "echo_client",
    override_usage = "echo_client [--udp] HOST PORT\n       echo_client [--udp] HOST:PORT\n       \
                      echo_client --unix PATH\n       echo_client"
)]
struct Arguments {
    /// Sends each line of the input as a datagram
    #[arg(long)]
    udp: bool,
    /// Connects to a Unix socket
    #[arg(long, value_name = "PATH", conflicts_with_all = ["udp", "address"])]
    unix: Option<PathBuf>,
    /// HOST PORT or HOST:PORT. Before a colon an IPv6 address stands in brackets: [::1]:7000
    #[arg(num_args = 0..=2)]
    address: Vec<String>,
}

/// What to talk to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Tcp(Address),
    Udp(Address),
    Unix(PathBuf),
}

/// A host, by name or number, and a port.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Target {
    /// What the arguments mean, the program's name among them. `None`: nothing was said.
    ///
    /// # Errors
    ///
    /// When they mean nothing, or ask for help.
    pub(crate) fn parse(
        arguments: impl IntoIterator<Item = OsString>,
    ) -> Result<Option<Target>, clap::Error> {
        let Arguments { udp, unix, address } = Arguments::try_parse_from(arguments)?;
        if let Some(path) = unix {
            return Ok(Some(Target::Unix(path)));
        }
        let address = match &address[..] {
            [] if udp => Err("--udp needs an address: HOST PORT or HOST:PORT".to_owned()),
            [] => return Ok(None),
            [both] => Address::split(both),
            [host, port, ..] => Address::new(host, port),
        };
        let wrong = |text| Arguments::command().error(ErrorKind::ValueValidation, text);
        let address = address.map_err(wrong)?;
        Ok(Some(if udp { Target::Udp(address) } else { Target::Tcp(address) }))
    }
}

impl Address {
    fn split(text: &str) -> Result<Address, String> {
        let Some((host, port)) = text.rsplit_once(':') else {
            return Err(format!("'{text}' has no port: HOST PORT or HOST:PORT"));
        };
        if host.contains(':') && !host.starts_with('[') {
            // Nobody can say which colon is the one before the port.
            return Err(format!("'{text}': an IPv6 address stands in brackets, as in [::1]:7000"));
        }
        Address::new(host, port)
    }

    fn new(host: &str, port: &str) -> Result<Address, String> {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let host = bare.unwrap_or(host).to_owned();
        if host.is_empty() || host.contains(['[', ']']) {
            return Err(format!("'{host}' is no host"));
        }
        match port.parse() {
            Ok(0) | Err(_) => Err(format!("'{port}' is no port: a number from 1 to 65535")),
            Ok(port) => Ok(Address { host, port }),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Tcp(Address { host, port }) | Target::Udp(Address { host, port }) => {
                write!(f, "{host} port {port}")
            }
            Target::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Option<Target>, clap::Error> {
        Target::parse(["echo_client"].iter().chain(arguments).map(OsString::from))
    }

    fn address(host: &str) -> Address {
        Address { host: host.to_owned(), port: 7000 }
    }

    #[test]
    fn an_address_is_one_argument_or_two() {
        for (arguments, host) in [
            (&["localhost", "7000"][..], "localhost"),
            (&["localhost:7000"], "localhost"),
            (&["127.0.0.1:7000"], "127.0.0.1"),
            (&["::1", "7000"], "::1"),
            (&["[::1]", "7000"], "::1"),
            (&["[::1]:7000"], "::1"),
            (&["[fe80::1%lo]:7000"], "fe80::1%lo"),
        ] {
            let target = parse(arguments).expect("right");
            assert_eq!(target, Some(Target::Tcp(address(host))), "{arguments:?}");
        }
        for arguments in [&["--udp", "::1", "7000"][..], &["::1", "7000", "--udp"]] {
            assert_eq!(parse(arguments).expect("right"), Some(Target::Udp(address("::1"))));
        }
        let target = parse(&["--unix", "/run/echo"]).expect("right");
        assert_eq!(target, Some(Target::Unix("/run/echo".into())));
        assert_eq!(parse(&[]).expect("right"), None);
    }

    #[test]
    fn a_wrong_argument_is_told_in_the_first_line() {
        for (arguments, part) in [
            (&["localhost"][..], "has no port"),
            (&["localhost:"], "is no port"),
            (&["localhost", "http"], "is no port"),
            (&["localhost", "0"], "is no port"),
            (&["localhost", "65536"], "is no port"),
            (&[":7000"], "is no host"),
            (&["", "7000"], "is no host"),
            (&["[::1", "7000"], "is no host"),
            (&["::1:7000"], "in brackets"),
            (&["localhost", "7000", "7001"], "'7001'"),
            (&["--udp"], "needs an address"),
            (&["--unix"], "--unix"),
            (&["--unix", "/run/echo", "7000"], "cannot be used with"),
            (&["--unix", "/run/echo", "--udp"], "cannot be used with"),
            (&["--nosuch"], "--nosuch"),
        ] {
            let error = parse(arguments).expect_err("wrong").to_string();
            let line = error.lines().next().expect("a text");
            assert!(line.starts_with("error: ") && line.contains(part), "{arguments:?}: {line}");
        }
    }
}
