//! High water, low water.
//!
//! A connection stops reading when too much of its output is pending, or a client that never reads would fill our
//! memory. With a single mark it stops and goes on around that mark with every few bytes, and each change costs:
//! chapter 3 will pay a system call for it. With two marks it stops at the high one and goes on at the low one.
//!
//! Turn the one mark below into two.
//!
//! Hint: between the marks the answer depends on where you come from. So that has to be remembered.

/// Bytes pending at which reading stops, and at which it goes on.
const HIGH: usize = 64;
const LOW: usize = 16;

#[derive(Default)]
struct Flow {
    pending: usize,
    // SOLUTION
    paused: bool,
    // START
    // END
}

impl Flow {
    /// So much more is to be written.
    fn push(&mut self, bytes: usize) {
        self.pending += bytes;
        // SOLUTION
        if self.pending >= HIGH {
            self.paused = true;
        }
        // START
        // END
    }

    /// So much was written.
    fn pop(&mut self, bytes: usize) {
        self.pending -= bytes;
        // SOLUTION
        if self.pending <= LOW {
            self.paused = false;
        }
        // START
        // END
    }

    fn reads(&self) -> bool {
        // SOLUTION
        !self.paused
        // START
        // self.pending < HIGH
        // END
    }
}

#[test]
fn reading_stops_at_high_water_and_goes_on_at_low() {
    let mut flow = Flow::default();
    assert!(flow.reads());
    flow.push(HIGH - 1);
    assert!(flow.reads(), "below the high mark");
    flow.push(1);
    assert!(!flow.reads(), "at the high mark");
    flow.pop(HIGH - LOW - 1);
    assert!(!flow.reads(), "still above the low mark");
    flow.pop(1);
    assert!(flow.reads(), "at the low mark");
    flow.push(1);
    assert!(flow.reads(), "above the low mark again, and coming from below");
}

#[test]
fn a_client_around_the_mark_changes_nothing() {
    let mut flow = Flow::default();
    flow.push(HIGH);
    let mut changes = 0;
    let mut before = flow.reads();
    for _ in 0..100 {
        flow.pop(1);
        changes += usize::from(flow.reads() != before);
        before = flow.reads();
        flow.push(1);
        changes += usize::from(flow.reads() != before);
        before = flow.reads();
    }
    assert_eq!(changes, 0, "changes, each of which will cost a system call");
}
