//! Sizes for people.

/// `89.3 MB`: powers of 1024, as `du -h` and PostgreSQL count.
pub(crate) fn bytes(size: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut number = size as f64;
    let mut unit = 0;
    while number >= 1024.0 && unit + 1 < units.len() {
        number /= 1024.0;
        unit += 1;
    }
    if unit == 0 { format!("{size} bytes") } else { format!("{number:.1} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_the_unit_that_fits() {
        assert_eq!((bytes(17).as_str(), bytes(93_600_000).as_str()), ("17 bytes", "89.3 MB"));
    }
}
