//! The elements of a list or a map: a copy costs almost nothing, however many there are, and shares with the original
//! all that is not changed afterwards. So an earlier state can be kept, and another thread can read the present one.
//!
//! Must not know: what an element is, toolkit.

use std::fmt::{Debug, Formatter};
use std::sync::Arc;

/// How many elements stand together: what is copied when one of them is changed.
const CHUNK: usize = 64;

/// Elements in order.
#[derive(Clone)]
pub struct Elements<T> {
    /// None of them is empty.
    chunks: Vec<Arc<Vec<T>>>,
    /// For each chunk, how many elements there are up to its end.
    ends: Vec<usize>,
}

impl<T> Elements<T> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.last().copied().unwrap_or(0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The element at that place.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let (chunk, within) = self.place(index);
        self.chunks.get(chunk)?.get(within)
    }

    /// All of them in order.
    #[must_use]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// About how many bytes a copy takes for itself, elements apart.
    #[must_use]
    pub fn own_size(&self) -> usize {
        self.chunks.len() * (size_of::<Arc<Vec<T>>>() + size_of::<usize>())
    }

    /// The chunk in which an element stands, and where in it; past the end, a place where there is nothing.
    fn place(&self, index: usize) -> (usize, usize) {
        let chunk = self.ends.partition_point(|&end| end <= index);
        (chunk, index - chunk.checked_sub(1).map_or(0, |before| self.ends[before]))
    }

    fn count_from(&mut self, chunk: usize) {
        self.ends.truncate(chunk);
        let mut end = self.len();
        for chunk in &self.chunks[chunk..] {
            end += chunk.len();
            self.ends.push(end);
        }
    }
}

impl<T: Clone> Elements<T> {
    /// The element at that place, to be changed.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        let (chunk, within) = self.place(index);
        Arc::make_mut(self.chunks.get_mut(chunk)?).get_mut(within)
    }

    /// All of them, to be changed. Shares nothing with copies any more.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.chunks.iter_mut().flat_map(|chunk| Arc::make_mut(chunk).iter_mut())
    }

    /// Puts an element before that place, or at the end.
    pub fn insert(&mut self, index: usize, element: T) {
        let (mut chunk, mut within) = self.place(index.min(self.len()));
        if chunk == self.chunks.len() && chunk > 0 {
            chunk -= 1;
            within = self.chunks[chunk].len();
        }
        let Some(elements) = self.chunks.get_mut(chunk) else {
            self.extend([element]);
            return;
        };
        let elements = Arc::make_mut(elements);
        elements.insert(within, element);
        if elements.len() > 2 * CHUNK {
            let rest = elements.split_off(CHUNK);
            self.chunks.insert(chunk + 1, Arc::new(rest));
        }
        self.count_from(chunk);
    }

    /// Takes the element at that place away.
    pub fn remove(&mut self, index: usize) -> Option<T> {
        let (chunk, within) = self.place(index);
        let elements = Arc::make_mut(self.chunks.get_mut(chunk)?);
        let element = (within < elements.len()).then(|| elements.remove(within));
        if elements.is_empty() {
            self.chunks.remove(chunk);
        }
        self.count_from(chunk);
        element
    }

    /// Lets two elements change places.
    pub fn swap(&mut self, one: usize, other: usize) {
        let (Some(first), Some(second)) = (self.get(one).cloned(), self.get(other).cloned()) else { return };
        if let Some(place) = self.get_mut(one) {
            *place = second;
        }
        if let Some(place) = self.get_mut(other) {
            *place = first;
        }
    }

    /// Puts an element at the end.
    pub fn push(&mut self, element: T) {
        self.insert(usize::MAX, element);
    }
}

impl<T> Default for Elements<T> {
    fn default() -> Self {
        Self { chunks: Vec::new(), ends: Vec::new() }
    }
}

impl<T> Extend<T> for Elements<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, elements: I) {
        let first = self.chunks.len();
        let mut elements = elements.into_iter();
        loop {
            let mut chunk = Vec::with_capacity(CHUNK.min(elements.size_hint().0));
            chunk.extend(elements.by_ref().take(CHUNK));
            if chunk.is_empty() {
                break;
            }
            self.chunks.push(Arc::new(chunk));
        }
        self.count_from(first);
    }
}

impl<T> FromIterator<T> for Elements<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> Self {
        let mut all = Self::default();
        all.extend(elements);
        all
    }
}

impl<T> From<Vec<T>> for Elements<T> {
    fn from(elements: Vec<T>) -> Self {
        elements.into_iter().collect()
    }
}

impl<T: PartialEq> PartialEq for Elements<T> {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

impl<T: Debug> Debug for Elements<T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same done to elements and to a plain list comes to the same.
    #[test]
    fn they_are_as_a_plain_list() {
        let mut random = fastrand::Rng::with_seed(7);
        let mut plain: Vec<u32> = (0..500).collect();
        let mut elements: Elements<u32> = plain.iter().copied().collect();
        for round in 0..4_000_u32 {
            let at = random.usize(0..=plain.len());
            match random.u8(0..5) {
                0 | 1 => {
                    plain.insert(at, round);
                    elements.insert(at, round);
                }
                2 if at < plain.len() => assert_eq!(elements.remove(at), Some(plain.remove(at))),
                3 if at + 1 < plain.len() => {
                    plain.swap(at, at + 1);
                    elements.swap(at, at + 1);
                }
                4 if random.u8(0..9) == 0 => {
                    plain.extend([1, 2, 3]);
                    elements.extend([1, 2, 3]);
                }
                _ => assert_eq!(elements.get(at), plain.get(at)),
            }
            assert_eq!(elements.len(), plain.len());
        }
        assert!(elements.iter().eq(&plain));
        while let Some(last) = plain.pop() {
            assert_eq!(elements.remove(plain.len()), Some(last));
        }
        assert!(elements.is_empty() && elements.get(0).is_none() && elements.remove(0).is_none());
        elements.push(1);
        assert_eq!(elements, Elements::from(vec![1]));
    }

    #[test]
    fn a_copy_does_not_see_what_is_changed_later() {
        let mut elements: Elements<usize> = (0..1_000).collect();
        let copy = elements.clone();
        if let Some(element) = elements.get_mut(500) {
            *element = 7;
        }
        elements.remove(0);
        assert_eq!((copy.len(), copy.get(500), elements.get(499)), (1_000, Some(&500), Some(&7)));
        let shared = elements.chunks.iter().filter(|chunk| copy.chunks.iter().any(|other| Arc::ptr_eq(chunk, other)));
        assert_eq!(shared.count(), elements.chunks.len() - 2, "all but the two that were changed");
    }
}
