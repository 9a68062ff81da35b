//! Which builds may go on at the same time: one that begins with the image of another comes after it.

use super::ImageBuild;
use super::request::Prepared;

/// The builds by their numbers, in waves. A circle, which no builder could resolve either, is one wave.
pub(super) fn waves(builds: &[ImageBuild]) -> Vec<Vec<usize>> {
    let needs: Vec<Vec<usize>> = builds.iter().map(|build| needed(build, builds)).collect();
    let mut waves: Vec<Vec<usize>> = Vec::new();
    let mut rest: Vec<usize> = (0..builds.len()).collect();
    while !rest.is_empty() {
        let is_ready = |number: &usize| needs[*number].iter().all(|need| need == number || !rest.contains(need));
        let mut wave: Vec<usize> = rest.iter().copied().filter(is_ready).collect();
        if wave.is_empty() {
            wave = std::mem::take(&mut rest);
        }
        rest.retain(|number| !wave.contains(number));
        waves.push(wave);
    }
    waves
}

/// The builds whose images this one begins with. What cannot be read is told when it is built.
fn needed(build: &ImageBuild, builds: &[ImageBuild]) -> Vec<usize> {
    let Ok(prepared) = Prepared::read(build) else { return Vec::new() };
    let images = prepared.images();
    let makes = |other: &ImageBuild| other.tags.iter().any(|tag| images.iter().any(|image| is_same(tag, image)));
    builds.iter().enumerate().filter(|(_, other)| makes(other)).map(|(number, _)| number).collect()
}

fn is_same(a: &str, b: &str) -> bool {
    let latest = |name: &str| name.strip_suffix(":latest").unwrap_or(name).to_owned();
    latest(a) == latest(b)
}
