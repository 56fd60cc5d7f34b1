//! What a runtime did with its tasks: it writes a line for each event, and strace(1) sees the call.

use super::call::Call;
use super::scenario::Played;
use super::{Span, What};

/// A line of the runtime's (`ch04_async::events::Event`), with the call that wrote it.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) thread: u32,
    from_us: i64,
    to_us: i64,
    /// The words of the line.
    words: Vec<String>,
}

/// The events among the calls, and the other calls, which are the server's own.
pub(super) fn apart(calls: Vec<Call>) -> (Vec<Event>, Vec<Call>) {
    let (mut events, mut others) = (Vec::new(), Vec::new());
    for call in calls {
        match event(&call) {
            Some(event) => events.push(event),
            None => others.push(call),
        }
    }
    (events, others)
}

fn event(call: &Call) -> Option<Event> {
    if call.name != "write" {
        return None;
    }
    // `7, "wake 3 by 2\n", 12`: strace writes the line's end as an escape.
    let line = call.arguments.split('"').nth(1)?.strip_suffix("\\n")?;
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let known = ["spawn", "wake", "poll", "pending", "end"].contains(&words[0].as_str());
    let numbered = words.get(1).is_some_and(|task| task.parse::<u64>().is_ok());
    let Call { thread, from_us, to_us, .. } = *call;
    (known && numbered).then_some(Event { thread, from_us, to_us, words })
}

/// The lane of one thread's tasks, from the first client to the last.
pub(super) fn lane(events: &[Event], thread: u32, played: &Played) -> Option<Vec<Span>> {
    let took_us = played.took_us();
    let within = |at_us: i64| (at_us - played.origin_us).clamp(0, took_us);
    let (mut spans, mut begun) = (Vec::new(), 0);
    let end_us = played.origin_us + took_us;
    let mut some = false;
    for event in events.iter().filter(|event| event.thread == thread) {
        some = true;
        let words: Vec<&str> = event.words.iter().map(String::as_str).collect();
        let at = within(event.from_us);
        // Before the first client, and after the last.
        if event.to_us < played.origin_us || event.from_us > end_us {
            begun = event.to_us;
            continue;
        }
        let mut add =
            |from_us, to_us, what, text: String| spans.push(Span { from_us, to_us, what, text });
        match words[..] {
            ["poll", _] => begun = event.to_us,
            ["pending", task] => {
                let text = format!("polls task {task}, which is pending");
                add(within(begun), at, What::Polls, text);
            }
            ["end", task] => {
                add(within(begun), at, What::Polls, format!("polls task {task}, which ends"));
            }
            ["spawn", task, "by", by] => {
                add(at, at, What::Spawns, format!("task {by} spawns task {task}"));
            }
            ["wake", task, "by", by] => {
                add(at, at, What::Wakes, format!("task {by} wakes task {task}"));
            }
            ["spawn", task] => add(at, at, What::Spawns, format!("task {task} is spawned")),
            ["wake", task] => add(at, at, What::Wakes, format!("task {task} is woken")),
            _ => {}
        }
    }
    // A runtime that slept all the while has a lane, too.
    some.then_some(spans)
}

#[cfg(test)]
mod tests {
    use super::super::call::parse;
    use super::super::{Kind, Lane};
    use super::*;

    #[test]
    fn polls_are_spans_wakes_and_spawns_are_marks_and_other_writes_are_the_servers() {
        let trace = "\
            7 9.900000 write(5, \"poll 1\\n\", 7) = 7 <0.000010>\n\
            7 9.900100 write(5, \"pending 1\\n\", 10) = 10 <0.000010>\n\
            7 10.001000 write(5, \"wake 1\\n\", 7) = 7 <0.000010>\n\
            7 10.001100 write(5, \"poll 1\\n\", 7) = 7 <0.000010>\n\
            7 10.001200 write(9, \"hello\\n\", 6) = 6 <0.000010>\n\
            7 10.001300 write(5, \"spawn 2 by 1\\n\", 13) = 13 <0.000010>\n\
            8 10.001350 write(5, \"poll 1\\n\", 7) = 7 <0.000010>\n\
            7 10.001400 write(5, \"pending 1\\n\", 10) = 10 <0.000010>\n\
            7 10.001500 write(5, \"poll 2\\n\", 7) = 7 <0.000010>\n\
            7 10.001600 write(5, \"end 2\\n\", 6) = 6 <0.000010>\n\
            7 10.200000 write(5, \"poll 1\\n\", 7) = 7 <0.000010>\n";
        let (events, others) = apart(parse(trace).expect("a trace"));
        assert_eq!((events.len(), others.len()), (10, 1));
        let quiet = Span { from_us: 0, to_us: 100_000, what: What::Quiet, text: String::new() };
        let client = Lane { name: "client A".to_owned(), kind: Kind::Client, spans: vec![quiet] };
        let played = Played { origin_us: 10_000_000, lanes: vec![client], ports: vec![] };
        let spans = lane(&events, 7, &played).expect("a lane");
        let told: Vec<_> =
            spans.iter().map(|s| (s.from_us, s.to_us, s.what, s.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (1000, 1000, What::Wakes, "task 1 is woken"),
                (1300, 1300, What::Spawns, "task 1 spawns task 2"),
                (1110, 1400, What::Polls, "polls task 1, which is pending"),
                (1510, 1600, What::Polls, "polls task 2, which ends"),
            ]
        );
        assert!(lane(&events, 9, &played).is_none(), "no runtime runs there");
    }
}
