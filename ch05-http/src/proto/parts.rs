//! What a field may be given as by whoever sends it.
//!
//! A text may have anything in it, and is looked at before it is sent. `HeaderName` and `HeaderValue`
//! were looked at when they were made, and are not looked at again: they have the same characters.

use http::{HeaderName, HeaderValue};

/// A field's name.
pub trait Name {
    /// It is a token, whatever it is.
    const CHECKED: bool;

    /// Its characters.
    fn bytes(&self) -> &[u8];
}

/// A field's value.
pub trait Value {
    /// It has no control character but tabs, whatever it is.
    const CHECKED: bool;

    /// Its characters.
    fn bytes(&self) -> &[u8];
}

impl Name for HeaderName {
    const CHECKED: bool = true;

    fn bytes(&self) -> &[u8] {
        self.as_ref()
    }
}

impl Value for HeaderValue {
    const CHECKED: bool = true;

    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
}

macro_rules! unchecked {
    ($($text:ty),*) => {$(
        impl Name for $text {
            const CHECKED: bool = false;

            fn bytes(&self) -> &[u8] {
                self.as_ref()
            }
        }

        impl Value for $text {
            const CHECKED: bool = false;

            fn bytes(&self) -> &[u8] {
                self.as_ref()
            }
        }
    )*};
}
unchecked!(str, String, [u8], Vec<u8>);

impl<T: Name + ?Sized> Name for &T {
    const CHECKED: bool = T::CHECKED;

    fn bytes(&self) -> &[u8] {
        (*self).bytes()
    }
}

impl<T: Value + ?Sized> Value for &T {
    const CHECKED: bool = T::CHECKED;

    fn bytes(&self) -> &[u8] {
        (*self).bytes()
    }
}
