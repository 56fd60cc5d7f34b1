//! A timeline as SVG: a lane for each client and each thread, time from left to right.
//!
//! It needs no script. Every span says in a `<title>` what it is, which browsers show where the pointer
//! rests. Colours are variables of its own, for light and for dark; a page that has a theme may set them.

use std::fmt::Write;

use super::{Kind, Lane, Span, Trace, What};

const WIDTH: f64 = 760.0;
/// For the names of lanes.
const LEFT: f64 = 74.0;
const RIGHT: f64 = 12.0;
const LANE_HEIGHT: f64 = 30.0;
const LANE_GAP: f64 = 8.0;
const TOP: f64 = 8.0;
/// Between clients and threads.
const PARTING: f64 = 10.0;
const AXIS_HEIGHT: f64 = 22.0;
const LEGEND_LINE: f64 = 20.0;
/// A span that is shorter would not be seen.
const SPAN_MIN: f64 = 0.8;
const MARK_WIDTH: f64 = 2.4;

const STYLE: &str = "\
.timeline{--tl-ink:#222;--tl-faint:#8a8a8a;--tl-ground:#eceef1;--tl-quiet:#d3d7dd;--tl-hopes:#e7a33e;\
--tl-runs:#c33c2e;--tl-blocked:#7fa6d6;--tl-waits:#8fc79a;--tl-naps:#c9b3e6;--tl-parked:#d3d7dd;\
--tl-polls:#5b8f3a;--tl-mark:#111}\
@media(prefers-color-scheme:dark){.timeline{--tl-ink:#d8dbe2;--tl-faint:#8d93a3;--tl-ground:#2a2e38;\
--tl-quiet:#454b5c;--tl-hopes:#c98a2b;--tl-runs:#e2604f;--tl-blocked:#4a78b0;--tl-waits:#4c8f5c;\
--tl-naps:#7c62a8;--tl-parked:#454b5c;\
--tl-polls:#8cc265;--tl-mark:#fff}}\
.timeline text{font:12px DejaVu Sans,Verdana,sans-serif;fill:var(--tl-ink)}\
.timeline .faint{fill:var(--tl-faint)}.timeline .tick{stroke:var(--tl-faint);stroke-width:.5}\
.timeline .ground{fill:var(--tl-ground)}.timeline .mark{fill:var(--tl-mark)}";

/// What spans are drawn, in the order of the legend, and what the legend says.
const LEGEND: [(What, &str); 8] = [
    (What::Quiet, "has nothing to say"),
    (What::Hopes, "waits for an answer"),
    (What::Runs, "runs"),
    (What::Blocked, "blocked for one client"),
    (What::Waits, "waits for all of them"),
    (What::Naps, "naps"),
    (What::Parked, "sleeps until a thread wakes it"),
    (What::Polls, "polls a task"),
];

/// The picture, without an empty line in it: so it may stand in a page of Markdown.
#[must_use]
pub fn svg(trace: &Trace) -> String {
    let parting = trace.lanes.iter().filter(|lane| lane.kind == Kind::Client).count();
    let drawing =
        Drawing { per_us: (WIDTH - LEFT - RIGHT) / f64::max(1.0, micros(trace.took_us)), parting };
    let lanes_end = drawing.top(trace.lanes.len());
    let legend = legend(trace, lanes_end + AXIS_HEIGHT);
    let height = lanes_end + AXIS_HEIGHT + legend.height;
    let mut svg = String::new();
    let what = format!("Timeline of {}: {} lanes", trace.model, trace.lanes.len());
    let _ = writeln!(
        svg,
        "<svg class=\"timeline\" xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" \
         role=\"img\" aria-label=\"{what}\"><style>{STYLE}</style>"
    );
    drawing.axis(&mut svg, trace.took_us, lanes_end);
    for (index, lane) in trace.lanes.iter().enumerate() {
        drawing.lane(&mut svg, lane, drawing.top(index), trace.took_us);
    }
    svg.push_str(&legend.svg);
    svg.push_str("</svg>\n");
    svg
}

struct Drawing {
    per_us: f64,
    /// How many lanes are clients'.
    parting: usize,
}

impl Drawing {
    fn x(&self, at_us: i64) -> f64 {
        LEFT + micros(at_us) * self.per_us
    }

    fn top(&self, index: usize) -> f64 {
        let parting = if index >= self.parting { PARTING } else { 0.0 };
        TOP + index as f64 * (LANE_HEIGHT + LANE_GAP) + parting
    }

    fn axis(&self, svg: &mut String, took_us: i64, below: f64) {
        for tick_ms in (0..).step_by(20).take_while(|ms| ms * 1000 <= took_us) {
            let x = self.x(tick_ms * 1000);
            let _ = writeln!(
                svg,
                "<line class=\"tick\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{below:.1}\"/>\
                 <text class=\"faint\" x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{tick_ms}</text>",
                below + 14.0
            );
        }
        let _ = writeln!(svg, "<text class=\"faint\" x=\"0\" y=\"{:.1}\">ms</text>", below + 14.0);
    }

    fn lane(&self, svg: &mut String, lane: &Lane, top: f64, took_us: i64) {
        let width = self.x(took_us) - LEFT;
        let _ = writeln!(
            svg,
            "<text x=\"0\" y=\"{:.1}\">{}</text>\
             <rect class=\"ground\" x=\"{LEFT}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{LANE_HEIGHT}\"/>",
            top + LANE_HEIGHT / 2.0 + 4.0,
            escape(&lane.name)
        );
        // Marks last, so that no span hides them.
        let (marks, spans): (Vec<&Span>, Vec<&Span>) =
            lane.spans.iter().partition(|span| of_legend(span.what).is_none());
        for span in spans {
            let (x, to) = (self.x(span.from_us), self.x(span.to_us));
            let colour = variable(span.what);
            let _ = writeln!(
                svg,
                "<rect data-at=\"{}\" data-lane=\"{}\" x=\"{x:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{LANE_HEIGHT}\" \
                 fill=\"var({colour})\"><title>{}</title></rect>",
                span.from_us,
                of_thread(lane),
                f64::max(SPAN_MIN, to - x),
                title(span)
            );
        }
        for mark in marks {
            let _ = writeln!(
                svg,
                "<path class=\"mark\" data-at=\"{}\" data-lane=\"{}\" d=\"{}\"><title>{}</title></path>",
                mark.from_us,
                of_thread(lane),
                shape(mark.what, self.x(mark.from_us), top),
                title(mark)
            );
        }
    }
}

/// An outline for each kind of mark: towards the server points down, towards the client up.
fn shape(what: What, x: f64, top: f64) -> String {
    let (middle, bottom) = (top + LANE_HEIGHT / 2.0, top + LANE_HEIGHT);
    let half = 4.0;
    let triangle = |base: f64, tip: f64| {
        format!("M{:.1} {base:.1}H{:.1}L{x:.1} {tip:.1}Z", x - half, x + half)
    };
    match what {
        What::Says => triangle(bottom - 9.0, bottom),
        What::Hears => triangle(bottom, bottom - 9.0),
        What::Reads => triangle(top, top + 9.0),
        What::Writes => triangle(top + 9.0, top),
        What::Wakes => {
            // Its tip is the moment: what is polled then begins right behind it.
            format!("M{:.1} {:.1}l7 {half}l-7 {half}Z", x - 7.0, middle - half)
        }
        What::Accepts | What::Spawns => {
            format!("M{x:.1} {top:.1}l{half} {half}l-{half} {half}l-{half} -{half}Z")
        }
        // Leaves, closes: a bar.
        _ => format!(
            "M{:.1} {:.1}h{MARK_WIDTH}v12h-{MARK_WIDTH}Z",
            x - MARK_WIDTH / 2.0,
            middle - 6.0
        ),
    }
}

struct Legend {
    svg: String,
    height: f64,
}

/// What colours the trace has, in lines of a width that a phone still shows.
fn legend(trace: &Trace, top: f64) -> Legend {
    let used =
        |what: What| trace.lanes.iter().any(|lane| lane.spans.iter().any(|s| s.what == what));
    let (mut svg, mut x, mut y) = (String::new(), 0.0, top + 12.0);
    for (what, says) in LEGEND.iter().filter(|(what, _)| used(*what)) {
        let width = 22.0 + says.len() as f64 * 7.0;
        if x + width > WIDTH {
            (x, y) = (0.0, y + LEGEND_LINE);
        }
        let _ = writeln!(
            svg,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"12\" height=\"12\" fill=\"var({})\"/>\
             <text x=\"{:.1}\" y=\"{y:.1}\">{says}</text>",
            y - 10.0,
            variable(*what),
            x + 16.0
        );
        x += width;
    }
    y += LEGEND_LINE;
    let left_out = match trace.threads_left_out {
        0 => String::new(),
        1 => "; one more thread has nothing to do".to_owned(),
        more => format!("; {more} more threads have nothing to do"),
    };
    let marks = "▼ sends, is read &#160; ▲ is written, comes back &#160; ◆ is accepted";
    let ends = format!("❘ leaves, is closed{left_out}");
    let lines = if trace.lanes.iter().any(|lane| lane.kind == Kind::Tasks) {
        vec![format!("{marks}, is spawned &#160; ▶ is woken"), ends]
    } else {
        vec![format!("{marks} &#160; {ends}")]
    };
    for line in &lines {
        let _ = writeln!(svg, "<text class=\"faint\" x=\"0\" y=\"{y:.1}\">{line}</text>");
        y += LEGEND_LINE;
    }
    y -= LEGEND_LINE;
    Legend { svg, height: y + 8.0 - top }
}

/// A thread's name; what a client does names it already.
fn of_thread(lane: &Lane) -> String {
    if lane.kind == Kind::Client { String::new() } else { escape(&lane.name) }
}

fn of_legend(what: What) -> Option<&'static str> {
    LEGEND.iter().find(|(of_legend, _)| *of_legend == what).map(|(_, says)| *says)
}

fn variable(what: What) -> &'static str {
    match what {
        What::Hopes => "--tl-hopes",
        What::Runs => "--tl-runs",
        What::Blocked => "--tl-blocked",
        What::Waits => "--tl-waits",
        What::Naps => "--tl-naps",
        What::Parked => "--tl-parked",
        What::Polls => "--tl-polls",
        _ => "--tl-quiet",
    }
}

fn title(span: &Span) -> String {
    let at = |us: i64| format!("{:.1}", micros(us) / 1000.0);
    let when = if span.from_us == span.to_us {
        format!("{} ms", at(span.from_us))
    } else {
        format!("{} to {} ms", at(span.from_us), at(span.to_us))
    };
    format!("{when}: {}", escape(&span.text))
}

/// A trace is shorter than the 2^52 microseconds that a float tells apart.
fn micros(us: i64) -> f64 {
    us as f64
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trace() -> Trace {
        let span =
            |from_us, to_us, what, text: &str| Span { from_us, to_us, what, text: text.into() };
        let client = vec![
            span(0, 900, What::Hopes, "A connects"),
            span(900, 900, What::Says, "A sends <5> bytes"),
        ];
        let thread = vec![span(0, 100_000, What::Waits, "waits for all of them, in epoll_wait")];
        let lane = |name: &str, kind, spans| Lane { name: name.into(), kind, spans };
        Trace {
            model: "ch03/epoll".into(),
            took_us: 100_000,
            lanes: vec![
                lane("client A", Kind::Client, client),
                lane("thread 1", Kind::Thread, thread),
            ],
            threads_left_out: 61,
        }
    }

    #[test]
    fn every_span_has_a_title_and_no_line_is_empty() {
        let svg = svg(&trace());
        assert_eq!(svg.matches("<title>").count(), 3);
        assert!(svg.contains("<title>0.9 ms: A sends &lt;5&gt; bytes</title>"), "{svg}");
        assert!(svg.contains("<title>0.0 to 100.0 ms: waits for all"), "{svg}");
        assert!(svg.contains("61 more threads"), "{svg}");
        assert!(svg.lines().all(|line| !line.trim().is_empty()));
        assert_eq!(svg.matches('<').count(), svg.matches('>').count());
    }

    #[test]
    fn tasks_lie_under_their_thread_and_their_marks_are_in_the_legend() {
        let mut trace = trace();
        let span = |from_us, to_us, what| Span { from_us, to_us, what, text: "task 3".into() };
        let spans = vec![span(5, 5, What::Wakes), span(6, 90, What::Polls)];
        trace.lanes.push(Lane { name: "tasks 1".into(), kind: Kind::Tasks, spans });
        let drawn = svg(&trace);
        assert!(drawn.contains("polls a task</text>") && drawn.contains("▶ is woken"), "{drawn}");
        assert!(drawn.contains("data-lane=\"tasks 1\""), "{drawn}");
        let at = |name| drawn.find(name).expect("a lane's name");
        assert!(at(">thread 1<") < at(">tasks 1<"));
        assert!(!svg(&self::trace()).contains("is woken"));
    }

    #[test]
    fn the_legend_names_only_what_is_drawn() {
        let svg = svg(&trace());
        assert!(svg.contains("waits for all of them</text>") && !svg.contains(">naps<"));
    }
}
