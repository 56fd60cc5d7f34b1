//! The faults that can be planted in the server of this folder. Each was found in somebody's
//! server; [`crate::rows`] says which behaviour of the suite must find it.

/// One thing that the server does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is wrong: the suite must pass this one.
    None,

    // Where a request begins and ends.
    /// Takes one read for one request.
    OneReadIsOneRequest,
    /// Takes an empty line before a request for the request.
    NoEmptyLineBefore,
    /// Throws away what it read behind a request.
    ForgetsWhatIsBehind,
    /// Keeps answers back while more input is there, even if that is half a request.
    HoldsAnswers,
    /// Reads a head without a bound.
    UnboundedHead,
    /// Of two lengths, takes the first.
    FirstLengthWins,
    /// `value.parse()`, which takes a sign.
    SignedLength,
    /// Takes an encoding that only contains the word for chunked.
    NearlyChunked,
    /// Takes a body in an encoding that it does not know for none.
    UnknownEncodingIgnored,
    /// Believes the length where both are said.
    LengthBeforeChunks,
    /// Believes the chunks where both are said, which is allowed, and goes on, which is not.
    ChunksAndGoesOn,
    /// Takes the size of a chunk for a decimal number.
    DecimalChunkSize,
    /// `from_str_radix`, which takes a sign.
    SignedChunkSize,
    /// A size that keeps its last 64 bits only.
    WrappingChunkSize,
    /// Does not look at what is behind a chunk's data.
    AnyChunkEnd,
    /// Serves whatever host it is called.
    AnyHost,

    // What is answered.
    /// Sends a body to HEAD.
    BodyToHead,
    /// 405, and not what would be allowed.
    NoAllow,
    /// Hangs up after any error.
    ErrorsClose,
    /// Waits for the next request of an HTTP/1.0 client.
    Keeps10,
    /// Does not care for "Connection: close".
    IgnoresClose,
    /// Waits for a body whose client waits for 100 Continue.
    NeverContinues,
    /// Says 100 Continue to HTTP/1.0.
    ContinuesTo10,
    /// Takes `write` for `write_all`: the rest of a short write is gone.
    WriteTakenForWriteAll,

    /// Takes `*` for a path like any other.
    StarIsAPath,

    // Who waits for whom.
    /// Sleeps on the thread that serves everybody.
    DelaysEverybody,
    /// Does not wait as long as it was asked to.
    ReadyTooEarly,
    /// Waits as long as anybody wishes.
    UnboundedDelay,
    /// Reads one client's head after the other's.
    HeadsInTurn,
    /// Reads one client's body after the other's.
    BodiesInTurn,
    /// Waits for one client's next request after the other's.
    KeptInTurn,

    // What a handler's fault becomes.
    /// A panic ends the connection in which it happens.
    PanicsClose,
    /// The client reads what the log should have.
    ShowsItsErrors,

    // Files.
    /// Of "from-to", leaves out the last.
    RangeWithoutItsLast,
    /// Takes "-8" for the first eight.
    SuffixFromTheFront,
    /// 416, and not how long the file is.
    NoLengthIn416,
    /// A part of a head.
    RangeForHead,
    /// A part of a file that the client does not know.
    RangeOfAnotherFile,
    /// Sends what the client has.
    ConditionsIgnored,
    /// Believes the date where the tag says otherwise.
    DateBeforeTag,
    /// A body with 304.
    BodyTo304,
    /// Looks at a path, and then decodes it.
    LooksBeforeDecoding,
    /// Decodes a path twice.
    DecodesTwice,

    // How a connection ends.
    /// Drops the client whose end of input it sees.
    ClosesOnHalfClose,
    /// Closes with input unread, which resets the connection.
    ClosesUnread,
    /// Reads a whole body before it answers.
    CollectsTheBody,
    /// Does not count the clients that it lost.
    CountsNoLoss,
}
