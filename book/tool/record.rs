//! Runs the sessions of `book/transcripts/` and writes down what a reader would see.
//!
//! Servers listen on a free port of the loopback and clients connect to that; what is written down names
//! the port that a reader will use. Every wait has a deadline.
//!
//! Recorded is what a command prints as it is shown, with `--release` where numbers want it. A check makes all numbers
//! equal. So it runs the same programs as tests have built them, and not once more with all that they stand on.

mod processes;
mod terminals;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use similar::TextDiff;

use super::session::{self, FOLDER, Session, Step};
use super::several;
use super::sources::Sources;
use super::workspace::Workspace;
use processes::{Background, Run};
use terminals::Terminals;

/// Sessions compared at a time.
const RUNS_MAX: usize = 4;
/// For a client to see what it expects.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// How long a client that expects silence listens; long next to an answer over the loopback.
const SILENCE: Duration = Duration::from_millis(300);

pub(crate) fn write(workspace: &Workspace, names: &[String]) -> Result<()> {
    for name in chosen(workspace, names)? {
        let text = Session::load(workspace, &name)
            .and_then(|session| run(workspace, &session, Run::AsShown))
            .with_context(|| format!("session `{name}`"))?;
        let path = workspace.path(&format!("{FOLDER}/{name}.txt"));
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        println!("recorded {FOLDER}/{name}.txt");
    }
    Ok(())
}

pub(crate) fn compare(workspace: &Workspace, names: &[String]) -> Result<()> {
    let sessions = chosen(workspace, names)?.into_iter().map(|name| {
        let session = Session::load(workspace, &name);
        Ok((session.with_context(|| format!("session `{name}`"))?, name))
    });
    let sessions = sessions.collect::<Result<Vec<_>>>()?;
    let (alone, others): (Vec<_>, Vec<_>) =
        sessions.into_iter().partition(|(session, _)| session.alone);
    let mut drifted = Vec::new();
    for (sessions, at_once) in [(others, RUNS_MAX), (alone, 1)] {
        let texts = now(workspace, &sessions, at_once)?;
        for ((_, name), now) in sessions.into_iter().zip(texts) {
            let recorded = workspace.read(&format!("{FOLDER}/{name}.txt"))?;
            let (before, after) = (normalised(&recorded), normalised(&now));
            if before == after {
                println!("{name}: as recorded");
            } else {
                let diff = TextDiff::from_lines(&before, &after);
                eprint!("{}", diff.unified_diff().header(&format!("{name}, recorded"), "now"));
                drifted.push(name);
            }
        }
    }
    if !drifted.is_empty() {
        bail!("no longer as recorded: {}", drifted.join(", "));
    }
    Ok(())
}

/// What the sessions print now, so many of them at a time.
fn now(
    workspace: &Workspace,
    sessions: &[(Session, String)],
    at_once: usize,
) -> Result<Vec<String>> {
    // Examples of one name are one file, whichever package they are of: who runs one keeps others from having
    // it replaced by theirs.
    let examples = sessions.iter().flat_map(|(session, _)| session.examples());
    let examples: BTreeMap<&str, Mutex<()>> =
        examples.map(|name| (name, Mutex::default())).collect();
    several::map(sessions, at_once, |(session, name)| {
        let own: BTreeSet<&str> = session.examples().collect();
        // In order, so that no two wait for each other.
        let locks = own.into_iter().filter_map(|name| examples.get(name));
        let _held: Vec<_> =
            locks.map(|lock| lock.lock().unwrap_or_else(PoisonError::into_inner)).collect();
        run(workspace, session, Run::Unoptimised).with_context(|| format!("session `{name}`"))
    })
}

fn chosen(workspace: &Workspace, names: &[String]) -> Result<Vec<String>> {
    let all = session::names(workspace)?;
    if names.is_empty() {
        return Ok(all);
    }
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        bail!("no session {FOLDER}/{unknown}.toml");
    }
    Ok(names.to_vec())
}

/// The session's transcript.
fn run(workspace: &Workspace, session: &Session, how: Run) -> Result<String> {
    session.verify(&Sources::new(workspace))?;
    let mut terminals = Terminals::new(session.server.is_some());
    let Some(server) = &session.server else {
        play(workspace, session, &mut terminals, None, how)?;
        return Ok(terminals.text());
    };

    let root = workspace.path("");
    let own = if server.command.contains(" -- ") { "" } else { " --" };
    let command = format!("{}{own} --addr 127.0.0.1:0", server.command);
    let mut running = Background::start(&how.command(&command), &root)?;
    let port = running.port_once_ready(&server.ready)?;
    terminals.show("A", &format!("$ {}\n{}", server.command, running.printed()));
    let shown = running.printed().len();
    let played = play(workspace, session, &mut terminals, Some((port, server.port)), how);
    let (printed, stopped) = running.interrupt();
    played?;
    stopped?;
    terminals.show("A", &format!("^C\n{}", &printed[shown..]));
    Ok(with_port(&terminals.text(), port, server.port))
}

/// The port that the reader will use in place of the real one, in whatever form an address was printed.
fn with_port(text: &str, real: u16, seen: u16) -> String {
    let (real, seen) = (real.to_string(), seen.to_string());
    let mut told = String::new();
    // Whole numbers only: 4000 is also a part of 40001.
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(start);
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        told.push_str(before);
        told.push_str(if number[..end] == real { &seen } else { &number[..end] });
        rest = &number[end..];
    }
    told + rest
}

/// The clients' part. `ports` are the server's real one and the one that the reader sees.
fn play(
    workspace: &Workspace,
    session: &Session,
    terminals: &mut Terminals,
    ports: Option<(u16, u16)>,
    how: Run,
) -> Result<()> {
    let mut connections = BTreeMap::new();
    for step in &session.step {
        let own = if ports.is_some() { "B" } else { "A" };
        let terminal = step.terminal.as_deref().unwrap_or(own);
        if let Some(command) = &step.command {
            let real = ports.map_or(String::new(), |(port, _)| format!("127.0.0.1:{port}"));
            let seen = ports.map_or(String::new(), |(_, port)| format!("127.0.0.1:{port}"));
            let real = how.command(&command.replace("{addr}", &real));
            let printed = processes::run(&real, &workspace.path(""))?;
            terminals.show(terminal, &format!("$ {}\n{printed}", command.replace("{addr}", &seen)));
        }
        if step.connect {
            let (port, seen) = ports.context("a client connects, but the session has no server")?;
            let stream =
                TcpStream::connect(("127.0.0.1", port)).context("connecting to the server")?;
            terminals.show(terminal, &format!("$ nc 127.0.0.1 {seen}\n"));
            connections.insert(terminal, stream);
        }
        if let Some(stream) = connections.get_mut(terminal) {
            terminals.show(terminal, &talk(stream, step)?);
            if step.close {
                connections.remove(terminal);
            }
        } else if step.send.is_some() || step.expect.is_some() || step.silent || step.close {
            bail!("terminal {terminal} is not connected");
        }
    }
    Ok(())
}

/// What one step over a connection leaves on its terminal.
fn talk(stream: &mut TcpStream, step: &Step) -> Result<String> {
    let mut shown = String::new();
    if let Some(text) = &step.send {
        stream.write_all(text.as_bytes()).context("sending")?;
        shown.push_str(text);
    }
    if let Some(expected) = &step.expect {
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        let mut answer = vec![0; expected.len()];
        stream.read_exact(&mut answer).with_context(|| format!("waiting for {expected:?}"))?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        if answer != *expected {
            bail!("expected {expected:?}, got {answer:?}");
        }
        shown.push_str(&answer);
    }
    if step.silent {
        stream.set_read_timeout(Some(SILENCE))?;
        match stream.read(&mut [0; 64]) {
            Err(error)
                if matches!(
                    error.kind(),
                    std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut
                ) =>
            {
                shown.push_str("(nothing comes back)\n");
            }
            other => bail!("expected silence, got {other:?}"),
        }
    }
    if step.close {
        stream.shutdown(Shutdown::Write).context("closing")?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        let mut rest = String::new();
        stream.read_to_string(&mut rest).context("waiting for the server to close")?;
        shown.push_str(&rest);
        shown.push_str("^D\n");
    }
    Ok(shown)
}

/// The text with the day of each date made equal, as HTTP writes it (RFC 9110, section 5.6.7): its numbers are
/// already.
fn without_days(mut text: String) -> String {
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    for day in DAYS {
        for month in MONTHS {
            text = text.replace(&format!("{day}, # {month} #"), "day");
        }
    }
    text
}

/// The text with what differs from run to run made equal: numbers, and the units that go with them.
fn normalised(text: &str) -> String {
    let mut normal = String::new();
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if !c.is_ascii_digit() {
            normal.push(c);
            continue;
        }
        let of_number = |c: &char| c.is_ascii_digit() || matches!(c, '.' | ',' | '_');
        while characters.next_if(of_number).is_some() {}
        normal.push('#');
        let rest: String = characters.clone().take(4).collect();
        let blank = usize::from(rest.starts_with(' '));
        let unit = ["µs", "us", "ms", "ns", "s"].iter().find(|unit| {
            let after = rest[blank..].strip_prefix(**unit);
            after.is_some_and(|after| !after.starts_with(char::is_alphanumeric))
        });
        if let Some(unit) = unit {
            for _ in 0..blank + unit.chars().count() {
                characters.next();
            }
            normal.push('t');
        }
    }
    let normal = without_days(normal);
    // Columns are as wide as their numbers: runs of blanks are one.
    let mut lines: Vec<String> = normal
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ") + "\n")
        .collect();
    // What comes in pieces does not always come in as many.
    lines.dedup_by(|line, before| line == before && line.contains('#'));
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_day_is_no_drift() {
        let dates = ["Sat, 21 Nov 2026 12:05:14 GMT", "Wed, 02 Dec 2026 00:00:01 GMT"];
        let [one, other] = dates.map(|date| normalised(&format!("< date: {date}\n")));
        assert_eq!(one, other);
        assert_ne!(normalised("on Sat, there"), normalised("on Wed, there"));
    }

    #[test]
    fn the_port_is_replaced_wherever_it_stands_alone() {
        let text = "on 127.0.0.1:4000, nc 127.0.0.1 4000\n40001 of 14000, http://[::1]:4000/";
        let told = "on 127.0.0.1:7000, nc 127.0.0.1 7000\n40001 of 14000, http://[::1]:7000/";
        assert_eq!(with_port(text, 4000, 7000), told);
    }

    #[test]
    fn only_what_varies_is_made_equal() {
        assert_eq!(
            normalised("took 12.5 ms,  3 clients\n"),
            normalised("took 980 µs, 41 clients\n")
        );
        assert_eq!(normalised("1: 5 bytes\n2: 7 bytes\n"), normalised("1: 12 bytes\n"));
        assert_ne!(normalised("hello\nhello\n"), normalised("hello\n"));
        assert_ne!(normalised("3 clients\n"), normalised("3 servers\n"));
        assert_ne!(normalised("took 3 steps\n"), normalised("took 3 s\n"));
    }
}
