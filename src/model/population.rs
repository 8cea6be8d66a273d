//! The rows of figures of one customer or of all: scored, and cut.

use super::cuts::{Cut, Cuts, Groups};
use super::fact::Fact;
use super::nature::Nature;
use super::plan::{Plan, Scored};
use super::rule::{Digit, Output, Reading, Seen};
use super::scale::{Limits, Scale};
use crate::error::Error;
use crate::score::room_for;

impl Plan {
    /// Writes the figures of a customer's measures and groups into a row; those of the scores are not touched.
    ///
    /// `texts` are those of the measures that part the customers into groups.
    pub fn write_row(
        &self,
        facts: &[Fact],
        texts: &[Option<String>],
        groups: &mut [Groups],
        row: &mut [f64],
    ) {
        for (slot, (measured, fact)) in self.measures.iter().zip(facts).enumerate() {
            row[slot] = match (measured.column.nature, fact) {
                (Nature::Text | Nature::Other, Fact::Text(text)) => self.word(text),
                _ => fact.figure(),
            };
        }
        for (at, (grouping, groups)) in self.groupings.iter().zip(groups).enumerate() {
            row[self.group_slot(at)] =
                groups.number(grouping.iter().map(|slot| texts[*slot].as_deref())) as f64;
        }
    }

    /// Computes all scores of a row as of a moment, under these cuts.
    pub fn score(&self, row: &mut [f64], cuts: &Cuts, as_of: i64) {
        let mut readings = Vec::new();
        for number in &self.scored {
            row[self.score_slot(*number)] = self.score_one(*number, row, cuts, as_of, &mut readings);
        }
    }

    /// Computes one score of a row, whose earlier scores are computed.
    fn score_one<'a>(
        &self,
        number: usize,
        row: &[f64],
        cuts: &'a Cuts,
        as_of: i64,
        readings: &mut Vec<Reading<'a>>,
    ) -> f64 {
        let score = &self.scores[number];
        if !score.is_for(row, as_of) {
            return f64::NAN;
        }
        readings.clear();
        readings.extend(self.readings(number, row, cuts, as_of));
        score.rule.score(readings, Seen { row, as_of })
    }

    /// Tells what every scale of a score says of a row, whose earlier scores are computed.
    pub fn readings<'a>(
        &self,
        number: usize,
        row: &[f64],
        cuts: &'a Cuts,
        as_of: i64,
    ) -> impl Iterator<Item = Reading<'a>> {
        let scales = self.scores[number].rule.scales().iter().enumerate();
        scales.map(move |(at, scale)| Reading {
            level: self.level((number, at), scale, row, cuts, as_of),
            cut: cuts.get(number, at, self.group(scale, row)),
        })
    }

    /// Gives the level of a row on a scale under some cuts; earlier scores are computed.
    fn level(
        &self,
        place: (usize, usize),
        scale: &Scale,
        row: &[f64],
        cuts: &Cuts,
        as_of: i64,
    ) -> Option<usize> {
        let figure = row[scale.of];
        match cuts.limits(place, scale, self.group(scale, row), as_of) {
            Ok(limits) => scale.level(figure, &limits),
            Err(_) => scale.level_without_limits(figure),
        }
    }

    /// Writes the columns of a score, whose row is scored.
    pub fn write_score<'a>(&'a self, number: usize, row: &[f64], as_of: i64, to: &mut Vec<Output<'a>>) {
        let score = &self.scores[number];
        let figure = row[self.score_slot(number)];
        score.rule.write(figure, Seen { row, as_of }, score.unscored.as_deref(), to);
    }

    /// Gives the group of a row on a scale.
    pub fn group(&self, scale: &Scale, row: &[f64]) -> usize {
        scale.grouping.map_or(0, |grouping| row[self.group_slot(grouping)] as usize)
    }
}

impl Scored {
    /// Tells whether a row fulfils the condition of the score.
    #[inline]
    pub fn is_for(&self, row: &[f64], as_of: i64) -> bool {
        self.only.as_ref().is_none_or(|only| only.holds(row, as_of))
    }
}

/// The rows of all customers.
pub struct Population<'a> {
    plan: &'a Plan,
    /// The rows, one after the other.
    figures: Vec<f64>,
    /// The moment that all are as of.
    as_of: i64,
    /// What is called every few milliseconds of work, so that whoever waits for it can cancel it.
    pause: fn(),
}

/// How many rows are worked on between two pauses.
const STRIDE: usize = 8192;

/// How a scale's levels have moved in a group, from the previous cuts to new ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Moves {
    /// The number of the score.
    pub score: usize,
    /// Which of its scales.
    pub scale: usize,
    /// The group.
    pub group: usize,
    /// Who has a level, before or now.
    pub customers: u64,
    /// Who has another level than before.
    pub moved: u64,
    /// Who has a higher one.
    pub up: u64,
    /// Who has a lower one.
    pub down: u64,
    /// The population stability index; none where there were no cuts before.
    pub psi: Option<f64>,
}

impl<'a> Population<'a> {
    /// Makes an empty population, with room for some rows; `pause` is called now and then while all of them are worked on.
    pub fn new(plan: &'a Plan, rows: usize, as_of: i64, pause: fn()) -> Result<Self, Error> {
        Ok(Self { plan, figures: room_for(rows * plan.width())?, as_of, pause })
    }

    /// Adds the row of a customer, whose scores are not computed yet.
    pub fn add(
        &mut self,
        facts: &[Fact],
        texts: &[Option<String>],
        groups: &mut [Groups],
    ) -> Result<(), Error> {
        let (start, width) = (self.figures.len(), self.plan.width());
        if self.figures.capacity() < start + width {
            self.figures.try_reserve(start.max(width * 1024)).map_err(|_| no_room(start / width))?;
        }
        self.figures.resize(start + width, f64::NAN);
        self.plan.write_row(facts, texts, groups, &mut self.figures[start..]);
        Ok(())
    }

    /// Counts the customers.
    pub fn len(&self) -> usize {
        self.figures.len() / self.plan.width()
    }

    /// Tells whether there is none.
    pub fn is_empty(&self) -> bool {
        self.figures.is_empty()
    }

    /// Gives the row of a customer.
    pub fn row(&self, customer: usize) -> &[f64] {
        let width = self.plan.width();
        &self.figures[customer * width..][..width]
    }

    /// Gives all rows, with pauses.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        let width = self.plan.width();
        self.figures.chunks(width * STRIDE).flat_map(move |rows| {
            (self.pause)();
            rows.chunks_exact(width)
        })
    }

    /// Gives all rows to be written to, with pauses.
    fn rows_mut(&mut self) -> impl Iterator<Item = &mut [f64]> {
        let (width, pause) = (self.plan.width(), self.pause);
        self.figures.chunks_mut(width * STRIDE).flat_map(move |rows| {
            pause();
            rows.chunks_exact_mut(width)
        })
    }

    /// Computes all scores under published cuts.
    pub fn score(&mut self, cuts: &Cuts) {
        let (plan, as_of) = (self.plan, self.as_of);
        self.rows_mut().for_each(|row| plan.score(row, cuts, as_of));
    }

    /// Cuts every scale, in the order in which scores use each other, and computes all scores under the new cuts.
    pub fn cut_and_score(&mut self, cuts: &mut Cuts) -> Result<(), Error> {
        let (plan, as_of) = (self.plan, self.as_of);
        for number in &plan.scored {
            for at in 0..plan.scores[*number].rule.scales().len() {
                self.cut(*number, at, cuts)?;
            }
            let slot = plan.score_slot(*number);
            let mut readings = Vec::new();
            self.rows_mut()
                .for_each(|row| row[slot] = plan.score_one(*number, row, cuts, as_of, &mut readings));
        }
        Ok(())
    }

    /// Cuts one scale in all its groups.
    fn cut(&self, number: usize, at: usize, cuts: &mut Cuts) -> Result<(), Error> {
        let scale = &self.plan.scores[number].rule.scales()[at];
        if !scale.is_cut() {
            return Ok(());
        }
        let groups = scale.grouping.map_or(1, |grouping| cuts.groups[grouping].len());
        let mut figures: Vec<Vec<f64>> = room_for(groups)?;
        figures.resize(groups, Vec::new());
        for row in self.rows() {
            let figure = self.plan.scores[number].rule.figure(at, Seen { row, as_of: self.as_of });
            // Outcomes are known of others than those whose score is wanted.
            let has_part = matches!(scale.limits, Limits::Outcomes { .. }) || self.has_part(number, row);
            if scale.counts(figure) && has_part {
                let group = &mut figures[self.plan.group(scale, row)];
                if group.len() == group.capacity() {
                    group.try_reserve(group.len().max(4)).map_err(|_| no_room(group.len()))?;
                }
                group.push(figure);
            }
        }
        for (group, figures) in figures.iter_mut().enumerate() {
            let cut = scale.cut(figures, self.as_of)?;
            cuts.set(number, at, group, Cut { figures: cut, heads: vec![0; scale.levels] });
        }
        if let Limits::Outcomes { within } = scale.limits {
            let names = scale.grouping.map(|grouping| cuts.groups[grouping].clone()).unwrap_or_default();
            cuts.count_alike(number, at, &names, within);
        }
        self.count_heads(number, at, cuts);
        Ok(())
    }

    /// Counts the heads on each level of a scale under its own cuts.
    fn count_heads(&self, number: usize, at: usize, cuts: &mut Cuts) {
        let heads = self.heads(number, at, cuts);
        for (group, heads) in heads.into_iter().enumerate() {
            if let Some(mut cut) = cuts.get(number, at, group).cloned() {
                cut.heads = heads;
                cuts.set(number, at, group, cut);
            }
        }
    }

    /// Counts the heads on each level of a scale in each group, under some cuts; earlier scores are computed.
    pub fn heads(&self, number: usize, at: usize, cuts: &Cuts) -> Vec<Vec<u64>> {
        let scale = &self.plan.scores[number].rule.scales()[at];
        let groups = scale.grouping.map_or(1, |grouping| cuts.groups[grouping].len());
        let mut heads = vec![vec![0; scale.levels]; groups];
        for row in self.rows() {
            if let Some(level) = self.level(number, at, row, cuts) {
                heads[self.plan.group(scale, row)][level - 1] += 1;
            }
        }
        heads
    }

    /// Gives the level of a row on a scale under some cuts; earlier scores are computed.
    fn level(&self, number: usize, at: usize, row: &[f64], cuts: &Cuts) -> Option<usize> {
        self.has_part(number, row).then(|| self.level_under(number, at, row, cuts)).flatten()
    }

    /// Tells whether a row has part in the cuts of a score.
    fn has_part(&self, number: usize, row: &[f64]) -> bool {
        let score = &self.plan.scores[number];
        score.is_for(row, self.as_of) && score.rule.counts(row)
    }

    /// Gives the level of a row that has part in the cuts.
    fn level_under(&self, number: usize, at: usize, row: &[f64], cuts: &Cuts) -> Option<usize> {
        let scale = &self.plan.scores[number].rule.scales()[at];
        self.plan.level((number, at), scale, row, cuts, self.as_of)
    }

    /// Tells how the levels of every scale that is cut have moved, from the previous cuts to the new ones that the rows are
    /// scored under; where what is cut makes a number with levels, how these have. Groups have the same numbers in both.
    pub fn moves(&self, cuts: &Cuts, previous: Option<&Cuts>) -> Vec<Moves> {
        let mut moves = Vec::new();
        for (number, score) in self.plan.scores.iter().enumerate() {
            let scales = score.rule.scales();
            if scales.iter().any(Scale::is_cut) {
                moves.extend(self.moves_of_figure(number, previous));
            }
            for (at, scale) in
                scales.iter().enumerate().filter(|(_, scale)| scale.is_cut() && scale.levels > 1)
            {
                let groups = scale.grouping.map_or(1, |grouping| cuts.groups[grouping].len());
                let mut these: Vec<Moves> = (0..groups).map(|group| Moves::none(number, at, group)).collect();
                let mut actual = vec![vec![0; scale.levels]; groups];
                for row in self.rows().filter(|row| self.has_part(number, row)) {
                    let group = self.plan.group(scale, row);
                    let before = previous.and_then(|previous| self.level_under(number, at, row, previous));
                    these[group].count(previous.map(|_| before), self.level_under(number, at, row, cuts));
                    if let Some(before) = before {
                        actual[group][before - 1] += 1;
                    }
                }
                for (moved, actual) in these.iter_mut().zip(&actual) {
                    let published = previous.and_then(|previous| previous.get(number, at, moved.group));
                    moved.psi = published.and_then(|cut| crate::score::stability::psi(&cut.heads, actual));
                }
                moves.extend(these);
            }
        }
        moves
    }

    /// Tells how the levels of a score that is a number have moved; none where it has no levels.
    fn moves_of_figure(&self, number: usize, previous: Option<&Cuts>) -> Option<Moves> {
        let (plan, score) = (self.plan, &self.plan.scores[number]);
        let ladder = score.rule.ladders().into_iter().next();
        let digit = ladder.map(|ladder| ladder.digit).filter(|digit| matches!(digit, Digit::Between(_)))?;
        let level = |figure: f64| digit.level(figure).map(|level| level as usize);
        let mut moved = Moves::none(number, 0, 0);
        let mut readings = Vec::new();
        for row in self.rows() {
            let before = previous.map(|previous| {
                readings.clear();
                level(plan.score_one(number, row, previous, self.as_of, &mut readings))
            });
            moved.count(before, level(row[plan.score_slot(number)]));
        }
        Some(moved)
    }
}

impl Moves {
    /// Starts with nobody.
    fn none(score: usize, scale: usize, group: usize) -> Self {
        Self { score, scale, group, customers: 0, moved: 0, up: 0, down: 0, psi: None }
    }

    /// Counts a customer with his levels: before, where there were cuts, and now.
    fn count(&mut self, before: Option<Option<usize>>, now: Option<usize>) {
        self.customers += u64::from(now.is_some());
        self.moved += u64::from(before.is_some_and(|before| before != now));
        if let (Some(now), Some(Some(before))) = (now, before) {
            self.up += u64::from(now > before);
            self.down += u64::from(now < before);
        }
    }
}

/// Says that memory ended.
fn no_room(rows: usize) -> Error {
    Error::new(crate::error::Fault::OutOfMemory, format!("out of memory after {rows} customers"))
        .hint("A model holds about half a kilobyte for each customer while it is built.")
}
