//! Where the measures of a model keep their words, which is the same for all customers.

use super::kept::Kept;
use super::themes::Themes;
use crate::model::plan::Plan;
use std::ops::Range;

/// What all measures keep, each in its place.
pub struct Places {
    /// By the number of the measure; nothing where it is computed.
    places: Vec<Option<Place>>,
    /// The words of a customer without any event.
    start: Vec<u64>,
}

/// Where a measure keeps its words.
pub struct Place {
    pub kept: Kept,
    /// How its different values are counted, where the one that counts most is taken; none are counted here.
    pub themes: Option<Themes>,
    offset: usize,
    length: usize,
}

impl Places {
    /// Gives each measure its place.
    pub fn of(plan: &Plan) -> Self {
        let mut start = Vec::new();
        let place_of = |measured| {
            let (kept, offset) = (Kept::of(measured)?, start.len());
            start.extend(kept.start());
            Some(Place { kept, themes: Themes::of(measured), offset, length: start.len() - offset })
        };
        let places = plan.measures.iter().map(place_of).collect();
        Self { places, start }
    }

    /// Gives the words of a customer without any event.
    pub fn start(&self) -> &[u64] {
        &self.start
    }

    /// Counts the words of a customer.
    pub fn width(&self) -> usize {
        self.start.len()
    }

    /// Gives the place of a measure.
    pub fn get(&self, slot: usize) -> Option<&Place> {
        self.places[slot].as_ref()
    }

    /// Counts the measures.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Gives the range of a measure's words among those of all customers.
    pub fn range(&self, place: &Place, customer: usize) -> Range<usize> {
        let at = customer * self.width() + place.offset;
        at..at + place.length
    }
}

impl Place {
    /// Gives the first of its words among those of a customer.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Tells whether it keeps values as they are, or tells them apart.
    pub fn keeps_values(&self) -> bool {
        self.kept.keeps_values() || self.themes.is_some()
    }
}
