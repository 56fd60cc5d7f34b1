//! The command line that all chapters share: list the models, run one, stop it by a signal.

use std::io::{self, IsTerminal, Write};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use clap::{Arg, ArgMatches, Command};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::{Chapter, Model, Protocol, Stop, socket};

/// The exit status of a program that was called with wrong arguments.
const USAGE: u8 = 2;

/// Runs the command line of `chapter`. A chapter's `main` is nothing but this call.
///
/// The exit status is 0 after a clean stop, 1 when the server could not run, and 2 when the
/// arguments are wrong.
#[must_use]
pub fn run(chapter: &Chapter) -> ExitCode {
    let matches = match command(chapter).try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return explain(chapter.package, &error),
    };
    let outcome = match matches.subcommand() {
        Some(("list", _)) => {
            say(&list(chapter));
            Ok(())
        }
        chosen => {
            let name = chosen.map(|(name, _)| name);
            let model = chapter.models.iter().find(|m| name.is_none_or(|name| m.name == name));
            serve(chapter, model.unwrap_or(&chapter.models[0]), addr(chapter, &matches))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", chapter.package);
            ExitCode::FAILURE
        }
    }
}

/// Answers arguments that clap did not take: shows the help, if that was asked for, with status 0;
/// else says in one line on standard error what is wrong, with status 2.
#[must_use]
pub fn explain(program: &str, error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        // A reader who has seen enough of the help is no failure.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    // What is wrong may take several lines: which arguments are missing, say. The usage comes behind
    // an empty one.
    let wrong: Vec<&str> =
        text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let wrong = wrong.join(" ");
    let wrong = wrong.strip_prefix("error: ").unwrap_or(&wrong);
    eprintln!("{program}: {wrong} (--help shows the usage)");
    ExitCode::from(USAGE)
}

fn command(chapter: &Chapter) -> Command {
    let addr = Arg::new("addr")
        .long("addr")
        .value_name("HOST:PORT")
        .global(true)
        .default_value(default_addr(chapter.protocol))
        .value_parser(host_and_port)
        .help("Where to listen; port 0 takes any free one");
    let models = chapter.models.iter().map(|m| Command::new(m.name).about(m.summary));
    Command::new(chapter.package)
        .about(format!("{}. Runs one model as a server, until Ctrl-C.", chapter.title))
        .after_help(format!("Without a model: {}.", chapter.models[0].name))
        .subcommand_value_name("MODEL")
        .subcommand_help_heading("Models")
        .disable_help_subcommand(true)
        .arg(addr)
        .subcommands(models)
        .subcommand(Command::new("list").about("Lists the models, and what each one is for"))
}

/// Refuses what cannot be an address, as a wrong argument. Whether the host exists is found later.
fn host_and_port(text: &str) -> Result<String, String> {
    match text.rsplit_once(':') {
        None | Some(("", _)) => Err("expected HOST:PORT, such as 127.0.0.1:7000".to_owned()),
        Some((_, port)) => match port.parse::<u16>() {
            Ok(_) => Ok(text.to_owned()),
            Err(_) => Err(format!("{port:?} is not a port, a number up to 65535")),
        },
    }
}

fn default_addr(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Echo => "127.0.0.1:7000",
        Protocol::Http => "127.0.0.1:8080",
    }
}

fn addr<'a>(chapter: &Chapter, matches: &'a ArgMatches) -> &'a str {
    let given = matches.subcommand().and_then(|(_, of_model)| of_model.get_one::<String>("addr"));
    given
        .or_else(|| matches.get_one::<String>("addr"))
        .map_or(default_addr(chapter.protocol), String::as_str)
}

/// What `list` prints: each model, how it waits, and why the ladder goes on.
fn list(chapter: &Chapter) -> String {
    let row = |model: &Model| {
        let Model { name, summary, fixes, still_fails, .. } = model;
        format!(
            "\n{name}\n  waits:        {summary}\n  fixes:        {fixes}\n  still fails:  {still_fails}\n"
        )
    };
    let rows: String = chapter.models.iter().map(row).collect();
    format!("{}: {}\n{rows}", chapter.package, chapter.title)
}

fn serve(chapter: &Chapter, model: &Model, addr: &str) -> io::Result<()> {
    // A server of thousands needs as many descriptors as it may have. Where the limit cannot be
    // raised it serves fewer, and says so when they run out.
    let _ = rlimit::increase_nofile_limit(rlimit::INFINITY);
    let listener = bind(addr)?;
    let stop = Stop::new()?;
    stop_on_signals(&stop)?;
    let local = listener.local_addr()?;
    let (package, name, summary) = (chapter.package, model.name, model.summary);
    let invitation = invitation(chapter, local);
    say(&format!("{package} {name}: {summary}\nlistening on {local}\n{invitation}\n"));
    let report = (model.serve)(listener, stop)?;
    // A terminal has echoed ^C without ending its line.
    let line_end = if io::stdout().is_terminal() { "\n" } else { "" };
    say(&format!("{line_end}stopped: {report}\n"));
    Ok(())
}

/// Prints to a standard output that may be gone, as in `… -- list | head -1`: a server that has
/// nobody to talk to still serves.
fn say(text: &str) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(text.as_bytes()).and_then(|()| output.flush());
}

/// What a reader can type to see the server work.
fn invitation(chapter: &Chapter, local: SocketAddr) -> String {
    let (ip, port) = (local.ip(), local.port());
    let attempt = match chapter.protocol {
        Protocol::Echo => format!(
            "try it from another terminal:  nc {ip} {port}\n\
             each line you type comes back"
        ),
        Protocol::Http => format!(
            "try it from another terminal:  curl http://{local}/\n\
             and:  curl --data hello http://{local}/echo"
        ),
    };
    let list = format!("cargo run -p {} -- list", chapter.package);
    format!("{attempt}\nother models:  {list}\nCtrl-C stops it")
}

/// Binds the first address that `addr` resolves to and that can be bound.
fn bind(addr: &str) -> io::Result<TcpListener> {
    let explain = |error: io::Error| io::Error::new(error.kind(), format!("{addr}: {error}"));
    let mut last = io::Error::new(io::ErrorKind::NotFound, format!("{addr}: no address"));
    for addr in addr.to_socket_addrs().map_err(explain)? {
        match socket::listen(addr) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The first SIGINT or SIGTERM asks for a stop; a second one ends the process at once, for a
/// server that does not obey.
fn stop_on_signals(stop: &Stop) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    let armed = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // Before it was armed the conditional default does nothing.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&armed))?;
        signal_hook::flag::register(signal, Arc::clone(&armed))?;
    }
    let stop = stop.clone();
    thread::Builder::new().name("signals".into()).spawn(move || {
        if signals.forever().next().is_some() {
            stop.request();
        }
    })?;
    Ok(())
}
