//! Which behaviour must find which fault, and by which words.

use ladder::conformance::broken::{Broken, Family};
use ladder::{Idle, Limits, Model, Protocol};

use crate::fault::Fault;
use crate::server::{SET, serve};

/// The server without a fault, and with each of them.
pub(crate) const FAMILY: Family = Family {
    protocol: Protocol::Echo,
    plainest: "exact_bytes",
    right: RIGHT.model,
    broken: BROKEN,
};

/// A row for a fault: the name is the fault's, the limits are those of the right server.
macro_rules! fault {
    ($fault:ident, $found_by:expr) => {
        claim!($fault, stringify!($fault), Limits::NONE, $found_by)
    };
}

/// A row for a model that serves with `$fault` and claims `$limits`.
macro_rules! claim {
    ($fault:ident, $name:expr, $limits:expr, $found_by:expr) => {
        Broken {
            model: Model {
                name: $name,
                summary: "a broken echo server",
                fixes: "nothing",
                still_fails: "by its name",
                limits: $limits,
                serve: |listener, stop| serve(listener, &stop, Fault::$fault),
            },
            found_by: &$found_by,
        }
    };
}

/// A row for a model that serves with `$fault`, and claims to have a set of 1024 descriptors.
macro_rules! with_a_set {
    ($fault:ident, $words:expr) => {
        claim!(
            $fault,
            stringify!($fault),
            Limits { descriptors: Some(SET), ..Limits::NONE },
            [("high_descriptors", $words)]
        )
    };
}

/// The server without a fault, which must pass the whole suite.
const RIGHT: Broken = fault!(None, []);

/// Every fault, in the order of [`Fault`], and then the claims that are not true.
const BROKEN: &[Broken] = &[
    fault!(BudgetNeverRefilled, [("split_writes", "its echo"), ("byte_at_a_time", "its echo")]),
    fault!(EdgeWithoutDraining, [("exact_bytes", "its echo"), ("large_both_ways", "its echo")]),
    fault!(EdgeStopsAtShortRead, [("urgent_data", "in mid-stream: 1 of 2 bytes")]),
    fault!(WriteTakenForWriteAll, [("large_both_ways", "is wrong: expected")]),
    fault!(ResendsTheWhole, [("large_both_ways", "is wrong: expected")]),
    fault!(ClosesOnHalfClose, [("half_close_drains", "found together")]),
    fault!(UrgentInline, [("urgent_data", "expected 'after', got '!after'")]),
    fault!(UnboundedOutput, [("never_reads", "memory grew by")]),
    fault!(BlocksOnOneClient, [("never_reads", "another client, while one does not read")]),
    fault!(DrainsOneClient, [("flood_is_fair", "echoed before another client's byte")]),
    fault!(AnswersTheSlot, [("slots_reused", "is wrong: expected")]),
    fault!(PanicsOnReset, [("reset_mid_read", "")]),
    fault!(PanicsOnBrokenPipe, [("reset_mid_write", "")]),
    fault!(AsksForTheAddressOfTheDead, [("gone_before_accept", "")]),
    fault!(EndsOnOneClientsError, [("reset_mid_read", ""), ("reset_mid_write", "")]),
    fault!(OneAcceptPerEdge, [("burst", "that came at once")]),
    fault!(
        SmallTable,
        [
            ("crowd", "of those who stay"),
            ("burst", "that came at once"),
            ("high_descriptors", "client 256 of those who stay")
        ]
    ),
    with_a_set!(ForgetsBeyondItsSet, "neither served nor refused"),
    with_a_set!(EndsBeyondItsSet, ""),
    with_a_set!(RefusesForGood, "a new one is still refused"),
    with_a_set!(CountsRefusedAsLost, "clients were refused, and the report says"),
    fault!(WritabilityLeftOn, [("idle", "under 1 % of a core with 8 silent clients")]),
    fault!(
        ReadabilityLeftOn,
        [("never_reads", "spins while"), ("half_close_drains", "spins while")]
    ),
    fault!(NeverWaits, [("idle", "under 1 % of a core before its first client")]),
    fault!(SpinsOnEmfile, [("descriptors_exhausted", "spins while clients wait")]),
    fault!(EndsOnEmfile, [("descriptors_exhausted", "")]),
    fault!(DeafAfterEmfile, [("descriptors_exhausted", "after descriptors returned")]),
    fault!(LeaksClients, [("short_connections", "descriptors more than before")]),
    fault!(NapsBeforeStop, [("stop_is_prompt", "to stop, at best of")]),
    fault!(LeaksDescriptorAtStop, [("stop_is_prompt", "left 1 descriptors open")]),
    fault!(LeavesThread, [("stop_is_prompt", "left 1 threads behind")]),
    fault!(CountsTheEndAsLoss, [("report_counts", "5 lost to errors")]),
    fault!(CountsTwice, [("report_counts", "expected the report")]),
    claim!(
        None,
        "ClaimsEightClients",
        Limits { clients: Some(8), ..Limits::NONE },
        [("crowd", "client 9 should wait")]
    ),
    claim!(
        None,
        "ClaimsToRefuse",
        Limits { descriptors: Some(SET), ..Limits::NONE },
        [("high_descriptors", "claims to refuse descriptors from 1024 on")]
    ),
    claim!(
        None,
        "ClaimsToBurn",
        Limits { idle: Idle::Burns, ..Limits::NONE },
        [("idle", "claims to burn a core")]
    ),
    claim!(
        None,
        "ClaimsToLook",
        Limits { idle: Idle::Looks, ..Limits::NONE },
        [("idle", "claims to pay for each silent client")]
    ),
    claim!(
        None,
        "ClaimsToStall",
        Limits { stalls_at_urgent_data: true, ..Limits::NONE },
        [("urgent_data", "claims to leave what is behind an urgent byte")]
    ),
    claim!(
        None,
        "ClaimsToKeepItsReactor",
        Limits { keeps_reactor: true, ..Limits::NONE },
        [("stop_is_prompt", "claims to keep its reactor, and the stop left nothing")]
    ),
];
