//! The map of what is registered, around every selector.

use std::collections::BTreeMap;
use std::os::fd::AsRawFd;
use std::rc::Rc;

use super::*;

pub(crate) fn the_map_follows_every_change(selector: &Rc<dyn Selector>) {
    let mapped = Rc::new(Mapped::new(Rc::clone(selector)));
    let selector: Rc<dyn Selector> = mapped.clone();
    let trigger = triggers(&selector)[0];
    let (one, _peer_of_one) = pair();
    let (two, _peer_of_two) = pair();
    assert_eq!(mapped.get(&one), None);
    let numbers = [one.as_raw_fd(), two.as_raw_fd()];
    let watches = [
        watch(token(1), Interest::READABLE, trigger),
        watch(token(2), Interest::WRITABLE, trigger),
    ];
    let one = Registration::new(&selector, one, watches[0]).expect("registered");
    let two = Registration::new(&selector, two, watches[1]).expect("registered");
    let map: BTreeMap<_, _> = numbers.into_iter().zip(watches).collect();
    assert_eq!(mapped.get_map(), map);
    assert_eq!(mapped.get(one.source()), Some(watches[0]));

    two.set_interest(Interest::BOTH).expect("changed");
    assert_eq!(mapped.get(two.source()), Some(two.watch()));
    assert_eq!(two.watch().interest, Interest::BOTH);
    drop(one);
    assert_eq!(mapped.get_map().into_keys().collect::<Vec<_>>(), [numbers[1]]);
    drop(two);
    assert_eq!(mapped.get_map(), BTreeMap::new());
}

pub(crate) fn what_was_refused_is_not_in_the_map(selector: &Rc<dyn Selector>) {
    let mapped = Rc::new(Mapped::new(Rc::clone(selector)));
    let selector: Rc<dyn Selector> = mapped.clone();
    for trigger in Trigger::ALL.into_iter().filter(|trigger| !selector.supports(*trigger)) {
        let (stream, _peer) = pair();
        let watch = watch(token(1), Interest::READABLE, trigger);
        Registration::new(&selector, stream, watch).expect_err("unsupported");
        assert_eq!(mapped.get_map(), BTreeMap::new());
    }
}
