//! The goals.

use super::{Case, Goal, Instrument, Of, Over};

const ANY: Case = Case { connections: None, silent_min: None, asked: None, operation: None };

const fn clients(connections: u32) -> Case {
    Case { connections: Some(connections), ..ANY }
}

const fn operation(name: &'static str) -> Case {
    Case { operation: Some(name), ..ANY }
}

/// `GET /`, so many at once.
const fn get(depth: u32) -> Case {
    Case { asked: Some(("GET /", depth)), ..ANY }
}

const TEN_AND_A_HUNDRED: &[Case] = &[clients(10), clients(100)];
const A_THOUSAND: &[Case] = &[clients(1000)];
const ONE_CLIENT: &[Case] = &[clients(1)];
const A_CROWD: &[Case] = &[Case { silent_min: Some(1000), ..ANY }];
const ONE_REQUEST: &[Case] = &[get(1)];
const SIXTEEN_DEEP: &[Case] = &[get(16)];
/// Echo asks for nothing by name.
const ECHO: &[Case] = &[Case { asked: Some(("", 1)), ..ANY }];
const SPAWN: &[Case] = &[operation("spawn 100000 and join")];
const YIELD: &[Case] = &[operation("yield among 1000")];
const TIMER: &[Case] = &[operation("timer among 100000")];

const DOWNLOADS: &[Case] = &[operation("a download among 160")];

const OURS: &[&str] = &["ch04/executor"];
const TOKIO: &[&str] = &["ch04/tokio"];
const HTTP: &[&str] = &["ch05/executor"];
const HYPER: &[&str] = &["peer/hyper"];

const fn ratio(
    instrument: Instrument,
    cases: &'static [Case],
    ours: &'static [&'static str],
    theirs: &'static [&'static str],
) -> Of {
    Of::Over(Over { instrument, field: "ratio", cases, ours, theirs })
}

const fn instructions(
    cases: &'static [Case],
    ours: &'static [&'static str],
    theirs: &'static [&'static str],
) -> Of {
    let field = "instructions_per_message";
    Of::Over(Over { instrument: Instrument::Instructions, field, cases, ours, theirs })
}

const fn of_runtime(cases: &'static [Case]) -> Of {
    Of::Over(Over {
        instrument: Instrument::Operations,
        field: "cpu_ns",
        cases,
        ours: &["ch04"],
        theirs: &["tokio"],
    })
}

/// All of them. Features that a server needs are on in what is measured: times, limits, panics that end one
/// connection, abort, budgets.
pub const GOALS: &[Goal] = &[
    Goal {
        name: "echo/epoll",
        what: "processor time of epoll and epoll-edge over C epoll, 10 and 100 clients",
        must: 1.03,
        aim: 1.00,
        of: ratio(
            Instrument::EchoRatio,
            TEN_AND_A_HUNDRED,
            &["ch03/epoll", "ch03/epoll-edge"],
            &["c-epoll"],
        ),
    },
    Goal {
        name: "echo/executor",
        what: "processor time of executor over C epoll, 10 and 100 clients",
        must: 1.03,
        aim: 1.00,
        of: ratio(Instrument::EchoRatio, TEN_AND_A_HUNDRED, OURS, &["c-epoll"]),
    },
    Goal {
        name: "echo/thousand",
        what: "processor time of executor over tokio, 1000 clients",
        must: 1.00,
        aim: 0.95,
        of: ratio(Instrument::CrowdRatio, A_THOUSAND, OURS, TOKIO),
    },
    Goal {
        name: "echo/instructions",
        what: "instructions a message outside of the kernel, executor over tokio",
        must: 0.40,
        aim: 0.25,
        of: instructions(ECHO, OURS, TOKIO),
    },
    Goal {
        name: "echo/calls",
        what: "system calls a message where 50 clients speak at once, none of them epoll_ctl",
        must: 2.05,
        aim: 2.00,
        of: Of::Calls {
            ours: &["ch03/epoll", "ch03/epoll-edge", "ch04/executor"],
            never: "epoll_ctl",
        },
    },
    Goal {
        name: "echo/round-trip",
        what: "median round trip of one client, executor-spin over tokio",
        must: 0.50,
        aim: 0.35,
        of: Of::Over(Over {
            instrument: Instrument::RoundTrip,
            field: "p50_us",
            cases: ONE_CLIENT,
            ours: &["ch04/executor-spin"],
            theirs: TOKIO,
        }),
    },
    Goal {
        name: "echo/memory",
        what: "memory a client in a silent crowd, executor over tokio with a buffer each",
        must: 0.25,
        aim: 0.02,
        of: Of::Over(Over {
            instrument: Instrument::Idle,
            field: "kib_per_connection",
            cases: A_CROWD,
            ours: OURS,
            theirs: TOKIO,
        }),
    },
    Goal {
        name: "runtime/spawn",
        what: "spawn and join with 100000 tasks alive, ours over tokio's",
        must: 0.50,
        aim: 0.25,
        of: of_runtime(SPAWN),
    },
    Goal {
        name: "runtime/yield",
        what: "yield among 1000 tasks, ours over tokio's",
        must: 0.50,
        aim: 0.20,
        of: of_runtime(YIELD),
    },
    Goal {
        name: "runtime/timers",
        what: "making and cancelling a timer among 100000, ours over tokio's",
        must: 0.80,
        aim: 0.50,
        of: of_runtime(TIMER),
    },
    Goal {
        name: "http/time",
        what: "processor time a request, executor over the best of hyper, nginx and actix",
        must: 0.90,
        aim: 0.83,
        of: ratio(
            Instrument::HttpRatio,
            ONE_REQUEST,
            HTTP,
            &["peer/hyper", "peer/hyper-flush", "peer/nginx", "peer/actix"],
        ),
    },
    Goal {
        name: "http/deep-hyper",
        what: "the same 16 deep, over hyper with pipeline_flush",
        must: 0.75,
        aim: 0.58,
        of: ratio(Instrument::HttpRatio, SIXTEEN_DEEP, HTTP, &["peer/hyper-flush"]),
    },
    Goal {
        name: "http/deep-actix",
        what: "the same 16 deep, over actix",
        must: 0.60,
        aim: 0.45,
        of: ratio(Instrument::HttpRatio, SIXTEEN_DEEP, HTTP, &["peer/actix"]),
    },
    Goal {
        name: "http/instructions",
        what: "instructions a request outside of the kernel, executor over hyper",
        must: 0.35,
        aim: 0.15,
        of: instructions(ONE_REQUEST, HTTP, HYPER),
    },
    Goal {
        name: "client/time",
        what: "processor time of 160 downloads, our client over hyper-util",
        must: 1.00,
        aim: 0.60,
        of: Of::Over(Over {
            instrument: Instrument::Downloads,
            field: "cpu_ns",
            cases: DOWNLOADS,
            ours: &["ch05"],
            theirs: &["hyper-util"],
        }),
    },
];
