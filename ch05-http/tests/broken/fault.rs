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
