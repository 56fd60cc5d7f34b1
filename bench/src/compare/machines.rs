//! Whether two records are of one machine, and what may be judged where they are not.

use crate::recorded::Machine;

/// Where two records were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Machines {
    /// On one, as far as its name tells.
    Same,
    /// On two. A newer kernel makes another machine of it: most of a server's time is the kernel's.
    Different,
    /// On two of different systems or architectures, which call other system calls and have other instructions.
    OtherKind,
}

impl Machines {
    pub(super) fn of(then: &Machine, now: &Machine) -> Machines {
        let kind = |machine: &Machine| {
            let system = machine.os.split(' ').next().unwrap_or_default().to_owned();
            (system, machine.arch.clone())
        };
        if then == now {
            Machines::Same
        } else if kind(then) == kind(now) {
            Machines::Different
        } else {
            Machines::OtherKind
        }
    }

    /// Whether a figure may be judged. One that is `timed` is a time, or made of times.
    pub(super) fn allow(self, timed: bool) -> bool {
        match self {
            Machines::Same => true,
            Machines::Different => !timed,
            Machines::OtherKind => false,
        }
    }

    /// What follows for the verdict.
    pub(super) fn said(self) -> Option<&'static str> {
        match self {
            Machines::Same => None,
            Machines::Different => Some(
                "They ran on different machines. So there is no verdict on what depends on the machine: times, rates,\n\
                 and ratios of times. Counts and memory are judged.",
            ),
            Machines::OtherKind => Some(
                "They ran on machines of different kinds. So there is no verdict: times and rates depend on the\n\
                 machine, and counts and memory on its architecture and its system.",
            ),
        }
    }
}
