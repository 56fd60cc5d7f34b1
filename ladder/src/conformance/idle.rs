//! What a server costs while nobody says anything.

use crate::Idle;
use crate::process::Server;

use super::case::{Case, Failure, Verdict, ensure};
use super::processor::{best_share_and_ours, largest_share, least_share};

/// A server that waits in the kernel uses nothing; a hundredth of a core is for the looking.
const WAITING_SHARE_MAX: f64 = 0.01;

/// A server that never sleeps uses a core if it gets one.
const BURNING_SHARE_MIN: f64 = 0.25;

/// Where cores are short it gets as much as anybody who never sleeps, give or take.
const BURNING_SHARE_OF_OURS_MIN: f64 = 0.4;

/// What a thousand silent clients cost a server that asks each of them again and again.
const CROWD_SHARE_MIN: f64 = 0.01;

const FEW: usize = 8;
const MANY: usize = 1000;

pub(super) fn run(case: &Case<'_>) -> Verdict {
    let mut server = case.spawn()?;
    match case.limits().idle {
        Idle::Burns => burns(case, &mut server),
        Idle::Looks => looks(case, &mut server),
        Idle::Waits => {
            waits(&mut server, "before its first client")?;
            for clients in [FEW, MANY] {
                let held = case.held(&server, clients)?;
                waits(&mut server, &format!("with {} silent clients", held.len()))?;
            }
            waits(&mut server, "after its last client")
        }
    }
}

fn waits(server: &mut Server, when: &str) -> Verdict {
    let share = least_share(server, WAITING_SHARE_MAX)?;
    ensure(share < WAITING_SHARE_MAX, || {
        format!("expected under 1 % of a core {when}, used {}", percent(share))
    })
}

fn burns(case: &Case<'_>, server: &mut Server) -> Verdict {
    let patience = case.patience / 10;
    let share = largest_share(server, BURNING_SHARE_MIN, patience)?;
    if share >= BURNING_SHARE_MIN {
        return Ok(());
    }
    let (share, ours) = best_share_and_ours(server, BURNING_SHARE_OF_OURS_MIN, patience)?;
    ensure(share >= ours * BURNING_SHARE_OF_OURS_MIN, || {
        let (share, ours) = (percent(share), percent(ours));
        format!("the model claims to burn a core, and uses {share} where a busy thread gets {ours}")
    })
}

fn looks(case: &Case<'_>, server: &mut Server) -> Verdict {
    waits(server, "before its first client")?;
    let few = case.held(server, FEW)?;
    waits(server, &format!("with {FEW} silent clients"))?;
    let own: f64 = least_share(server, 0.0)?;
    drop(few);
    let many = case.held(server, MANY)?;
    let share: Result<f64, Failure> = largest_share(server, own + CROWD_SHARE_MIN, case.patience);
    let more = share? - own;
    ensure(more >= CROWD_SHARE_MIN, || {
        let clients = many.len();
        format!(
            "the model claims to pay for each silent client, and {clients} cost {}",
            percent(more)
        )
    })
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
