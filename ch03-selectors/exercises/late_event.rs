//! An event for somebody who has left.
//!
//! One wait may name two clients. Serving the first may close the second, and a newcomer may take its place in the
//! table. The second event is then for nobody. In the table below it finds the newcomer, who is taken for the one who
//! left.
//!
//! Give each place a generation, and let a name find only the one it was given to. A name that was given once is not
//! given again.
//!
//! Hint: `Name` has a field for it already. When does a place's generation change: when it is taken, or when it is
//! left?

/// What an event carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    place: usize,
    generation: u32,
}

#[derive(Default)]
struct Table {
    places: Vec<(u32, Option<&'static str>)>,
}

impl Table {
    fn enter(&mut self, client: &'static str) -> Name {
        let free = self.places.iter().position(|(_, client)| client.is_none());
        let place = free.unwrap_or_else(|| {
            self.places.push((0, None));
            self.places.len() - 1
        });
        self.places[place].1 = Some(client);
        Name { place, generation: self.places[place].0 }
    }

    fn find(&self, name: Name) -> Option<&'static str> {
        let (generation, client) = *self.places.get(name.place)?;
        // SOLUTION
        client.filter(|_| generation == name.generation)
        // START
        // let _ = generation;
        // client
        // END
    }

    fn leave(&mut self, name: Name) {
        if self.find(name).is_some() {
            let (generation, client) = &mut self.places[name.place];
            // SOLUTION
            *generation = generation.wrapping_add(1);
            // START
            // let _ = generation;
            // END
            *client = None;
        }
    }
}

#[test]
fn a_late_event_finds_nobody() {
    let mut table = Table::default();
    let ann = table.enter("ann");
    table.leave(ann);
    let bob = table.enter("bob");
    assert_eq!(ann.place, bob.place, "the place is used again");
    assert_eq!(table.find(bob), Some("bob"));
    assert_eq!(table.find(ann), None, "ann has left, and bob is not ann");
}

#[test]
fn who_has_left_cannot_make_another_leave() {
    let mut table = Table::default();
    let ann = table.enter("ann");
    table.leave(ann);
    let bob = table.enter("bob");
    table.leave(ann);
    assert_eq!(table.find(bob), Some("bob"));
}
