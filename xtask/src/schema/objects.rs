//! Objects of one kind, found by name and listed in the order of their names.

use std::collections::{BTreeMap, btree_map};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What has a name that is its own among its like.
pub trait Object {
    /// What it is called by.
    type Name: Ord + Clone;

    /// Its name.
    fn name(&self) -> &Self::Name;
}

/// Objects of one kind. As JSON a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objects<T: Object>(BTreeMap<T::Name, T>);

impl<T: Object> Objects<T> {
    /// None.
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The one of this name.
    pub fn get<Q: Ord + ?Sized>(&self, name: &Q) -> Option<&T>
    where
        T::Name: std::borrow::Borrow<Q>,
    {
        self.0.get(name)
    }

    /// The one of this name, to change it. Its name must stay.
    pub fn get_mut<Q: Ord + ?Sized>(&mut self, name: &Q) -> Option<&mut T>
    where
        T::Name: std::borrow::Borrow<Q>,
    {
        self.0.get_mut(name)
    }

    /// Whether there is one of this name.
    pub fn contains<Q: Ord + ?Sized>(&self, name: &Q) -> bool
    where
        T::Name: std::borrow::Borrow<Q>,
    {
        self.0.contains_key(name)
    }

    /// Adds one, and gives the one that had its name before.
    pub fn insert(&mut self, object: T) -> Option<T> {
        self.0.insert(object.name().clone(), object)
    }

    /// Takes one out.
    pub fn remove<Q: Ord + ?Sized>(&mut self, name: &Q) -> Option<T>
    where
        T::Name: std::borrow::Borrow<Q>,
    {
        self.0.remove(name)
    }

    /// Keeps those of which this holds.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        self.0.retain(|_, object| keep(object));
    }

    /// All, in the order of their names.
    pub fn iter(&self) -> btree_map::Values<'_, T::Name, T> {
        self.0.values()
    }

    /// All, to change them. Their names must stay.
    pub fn iter_mut(&mut self) -> btree_map::ValuesMut<'_, T::Name, T> {
        self.0.values_mut()
    }

    /// Their names, in order.
    pub fn names(&self) -> btree_map::Keys<'_, T::Name, T> {
        self.0.keys()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Object> Default for Objects<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Object> FromIterator<T> for Objects<T> {
    fn from_iter<I: IntoIterator<Item = T>>(objects: I) -> Self {
        Self(objects.into_iter().map(|object| (object.name().clone(), object)).collect())
    }
}

impl<T: Object> Extend<T> for Objects<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, objects: I) {
        self.0.extend(objects.into_iter().map(|object| (object.name().clone(), object)));
    }
}

impl<T: Object> IntoIterator for Objects<T> {
    type Item = T;
    type IntoIter = btree_map::IntoValues<T::Name, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_values()
    }
}

impl<'a, T: Object> IntoIterator for &'a Objects<T> {
    type Item = &'a T;
    type IntoIter = btree_map::Values<'a, T::Name, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T: Object + Serialize> Serialize for Objects<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de, T: Object + Deserialize<'de>> Deserialize<'de> for Objects<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Vec::<T>::deserialize(deserializer)?.into_iter().collect())
    }
}

/// Says that an object is called by its field `name`.
macro_rules! named {
    ($($object:ty: $name:ty),+ $(,)?) => {
        $(impl $crate::schema::Object for $object {
            type Name = $name;
            fn name(&self) -> &$name {
                &self.name
            }
        })+
    };
}

pub(super) use named;
