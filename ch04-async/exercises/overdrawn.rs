//! A look, a wait, and a step.
//!
//! All tasks run on one thread, and still an account can be overdrawn. The function below looks at the balance, waits
//! for the bank's word, and takes the money. While it waits, another task has looked at the same balance.
//!
//! Let one customer of an account finish before the next one looks. Customers of other accounts do not wait.
//!
//! Hint: what must hold across an await is held by a `Mutex` of `ch04_async::sync`.

use std::cell::Cell;
use std::time::Duration;

use ch04_async::structure::join_all;
// SOLUTION
use ch04_async::sync::Mutex;
// START
// END
use ch04_async::time::now;
use ch04_async::{Clock, Runtime, sleep};

/// How long the bank thinks.
const THOUGHT: Duration = Duration::from_secs(1);

struct Account {
    balance: Cell<i64>,
    // SOLUTION
    /// Held from the look to the step.
    in_use: Mutex<()>,
    // START
    // END
}

impl Account {
    fn new(balance: i64) -> Account {
        // SOLUTION
        Account { balance: Cell::new(balance), in_use: Mutex::new(()) }
        // START
        // Account { balance: Cell::new(balance) }
        // END
    }

    /// Takes the money, if there is enough. Whether it was.
    async fn withdraw(&self, amount: i64) -> bool {
        // SOLUTION
        let _in_use = self.in_use.lock().await;
        // START
        // END
        let balance = self.balance.get();
        if balance < amount {
            return false;
        }
        sleep(THOUGHT).await;
        self.balance.set(balance - amount);
        true
    }
}

/// The clock jumps when everybody sleeps: no test waits.
fn run<F: Future>(future: F) -> F::Output {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(future)
}

#[test]
fn money_is_given_out_once() {
    let account = Account::new(100);
    let given = run(join_all((0..3).map(|_| account.withdraw(40))));
    assert_eq!(given, [true, true, false]);
    assert_eq!(account.balance.get(), 20);
}

#[test]
fn other_accounts_do_not_wait() {
    let accounts = [Account::new(1), Account::new(1)];
    run(async {
        let start = now();
        let given = join_all(accounts.iter().map(|account| account.withdraw(1))).await;
        assert_eq!(given, [true, true]);
        assert_eq!(now() - start, THOUGHT, "both at the same time");
    });
}
