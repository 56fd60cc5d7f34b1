//! A table whose places are reused, and whose names are not.
//!
//! One call of `select` may bring events for two clients, and serving the first may close the
//! second and put a new one in its place. The second event is then for somebody who is gone. A
//! [`Token`] carries its place's generation, so it finds nobody.

use crate::event::Token;

/// Values under tokens. Finding, adding and removing take the same time however many there are.
#[derive(Debug)]
pub struct Slots<T> {
    slots: Vec<Slot<T>>,
    /// Empty places, the last one left on top.
    free: Vec<u32>,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Slot<T> {
    fn token(&self, index: u32) -> Token {
        Token { index, generation: self.generation }
    }
}

impl<T> Default for Slots<T> {
    fn default() -> Slots<T> {
        Slots { slots: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slots<T> {
    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds what `make` makes for the token it is given; nothing when `make` fails.
    ///
    /// # Errors
    ///
    /// What `make` says.
    ///
    /// # Panics
    ///
    /// At 2^32 values, which no process has the descriptors for.
    pub fn try_insert<E>(&mut self, make: impl FnOnce(Token) -> Result<T, E>) -> Result<Token, E> {
        let index = self.free.last().copied().unwrap_or_else(|| {
            let index = u32::try_from(self.slots.len()).expect("fewer slots than 2^32");
            self.slots.push(Slot { generation: 0, value: None });
            self.free.push(index);
            index
        });
        let slot = &mut self.slots[index as usize];
        let token = slot.token(index);
        slot.value = Some(make(token)?);
        self.free.pop();
        Ok(token)
    }

    /// The value under this token, if it is still there.
    #[must_use]
    pub fn get(&self, token: Token) -> Option<&T> {
        let slot = self.slots.get(token.index as usize)?;
        if slot.generation == token.generation { slot.value.as_ref() } else { None }
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, token: Token) -> Option<&mut T> {
        let slot = self.slots.get_mut(token.index as usize)?;
        if slot.generation == token.generation { slot.value.as_mut() } else { None }
    }

    /// All values with their tokens, in no order that means anything.
    pub fn iter(&self) -> impl Iterator<Item = (Token, &T)> {
        let slots = (0..).zip(&self.slots);
        slots.filter_map(|(index, slot)| Some((slot.token(index), slot.value.as_ref()?)))
    }

    /// The same, and the table goes with them.
    pub fn into_entries(self) -> impl Iterator<Item = (Token, T)> {
        let slots = (0..).zip(self.slots);
        slots.filter_map(|(index, slot)| Some((slot.token(index), slot.value?)))
    }

    /// Takes the value under this token out. Its place is free, and its name is never given again
    /// (before 2^32 others had the place).
    pub fn remove(&mut self, token: Token) -> Option<T> {
        let slot = self.slots.get_mut(token.index as usize)?;
        if slot.generation != token.generation {
            return None;
        }
        let value = slot.value.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.free.push(token.index);
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(slots: &mut Slots<char>, value: char) -> Token {
        slots.try_insert(|_| Ok::<_, ()>(value)).expect("no error")
    }

    #[test]
    fn an_old_name_does_not_find_the_new_owner_of_its_place() {
        let mut slots = Slots::default();
        let old = insert(&mut slots, 'a');
        assert_eq!(slots.remove(old), Some('a'));
        let new = insert(&mut slots, 'b');
        assert_eq!(old.index, new.index, "the place is reused");
        assert_eq!(slots.get_mut(old), None);
        assert_eq!(slots.remove(old), None);
        assert_eq!(slots.get_mut(new), Some(&mut 'b'));
    }

    #[test]
    fn a_value_that_could_not_be_made_takes_no_place() {
        let mut slots = Slots::<char>::default();
        assert_eq!(slots.try_insert(|_| Err("no")), Err("no"));
        assert!(slots.is_empty());
        let token = insert(&mut slots, 'a');
        assert_eq!((token.index, slots.len()), (0, 1));
    }

    #[test]
    fn tokens_survive_the_way_through_the_kernel() {
        let token = Token { index: u32::MAX - 1, generation: 7 };
        assert_eq!(Token::from_bits(token.to_bits()), token);
    }
}
