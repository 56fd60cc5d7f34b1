//! The faults that can be planted in the server of this folder. Each was found in somebody's
//! server; [`crate::rows`] says which behaviour of the suite must find it.

/// One thing that the server does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is wrong: the suite must pass this one.
    None,

    // What one client sees.
    /// Counts the reads of a client's turn, and never begins a new count.
    BudgetNeverRefilled,
    /// Waits for edges, and reads once for each.
    EdgeWithoutDraining,
    /// Waits for edges, and takes a short read for the last one.
    EdgeStopsAtShortRead,
    /// Takes `write` for `write_all`: the rest of a short write is gone.
    WriteTakenForWriteAll,
    /// After a short write, sends the whole again.
    ResendsTheWhole,
    /// Reads all that is there, and drops the client if end of input was among it.
    ClosesOnHalfClose,
    /// Asks for urgent bytes among the others.
    UrgentInline,

    // What a client does to the others.
    /// Goes on reading from a client that does not take its answers.
    UnboundedOutput,
    /// Writes to a client until it has taken everything.
    BlocksOnOneClient,
    /// Goes on with one client until nothing is left.
    DrainsOneClient,
    /// Answers a number of a slot, after the look in which the slot got a new owner.
    AnswersTheSlot,
    /// `read(…).expect(…)`.
    PanicsOnReset,
    /// `write(…).expect(…)`.
    PanicsOnBrokenPipe,
    /// `peer_addr().expect(…)`, of somebody who left before the accept.
    AsksForTheAddressOfTheDead,
    /// `turn(client)?`.
    EndsOnOneClientsError,
    /// Accepts one client for each edge of the listener.
    OneAcceptPerEdge,
    /// Has a table of 256 clients, and turns the next one away.
    SmallTable,
    /// Has a set of 1024 descriptors, and forgets a client that is beyond it.
    ForgetsBeyondItsSet,
    /// Ends when a client is beyond its set.
    EndsBeyondItsSet,
    /// Refuses a client that is beyond its set, and from then on all others.
    RefusesForGood,
    /// Counts those whom it refuses as lost to errors.
    CountsRefusedAsLost,

    // What the machine sees.
    /// Waits for room to write even with nothing to be written.
    WritabilityLeftOn,
    /// Waits for input even while it must not read.
    ReadabilityLeftOn,
    /// Does not wait at all.
    NeverWaits,
    /// Tries to accept again and again while descriptors are out.
    SpinsOnEmfile,
    /// Ends when descriptors are out.
    EndsOnEmfile,
    /// Stops accepting when descriptors are out, for good.
    DeafAfterEmfile,
    /// Forgets to close the sockets of clients that left.
    LeaksClients,

    // What is left at the end.
    /// Looks for the stop once a second.
    NapsBeforeStop,
    /// Keeps the listener open.
    LeaksDescriptorAtStop,
    /// Keeps a thread.
    LeavesThread,
    /// Counts every client that leaves as lost.
    CountsTheEndAsLoss,
    /// Counts what it read as sent back, before it is.
    CountsTwice,
}
