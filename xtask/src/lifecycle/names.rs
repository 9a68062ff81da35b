//! The names of what a project has on an engine, as compose gives them.

use crate::stack::service::Service;

/// The container of a service with this number: `container_name`, else `PROJECT-SERVICE-NUMBER`.
pub fn container(project: &str, service: &Service, number: u32) -> String {
    match &service.container_name {
        Some(name) => name.clone(),
        None => format!("{project}-{}-{number}", service.name),
    }
}

/// The name of a container that is made in the place of another one, until that one is gone.
pub fn replacement(replaced_id: &str, name: &str) -> String {
    format!("{}_{name}", short_id(replaced_id))
}

/// The name that a replacement gets in the end; `None` where it is no name of a replacement.
pub fn final_name(name: &str) -> Option<&str> {
    let (id, rest) = name.split_once('_')?;
    let is_id = id.len() == SHORT_ID && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_id && !rest.is_empty()).then_some(rest)
}

/// The image of a service: the one it names, else `PROJECT-SERVICE`, which is built.
pub fn image(project: &str, service: &Service) -> String {
    service.image.as_ref().map_or_else(|| format!("{project}-{}", service.name), |image| image.value.clone())
}

/// The names under which the other containers of a network reach a container.
pub fn aliases(project: &str, service: &Service, number: u32, network: &str) -> Vec<String> {
    let mut aliases = vec![container(project, service, number), service.name.clone()];
    if let Some(Some(attachment)) = service.networks.get(network) {
        aliases.extend(attachment.aliases.iter().cloned());
    }
    aliases
}

/// How many digits of an id people use.
const SHORT_ID: usize = 12;

/// The first digits of an id, without the name of its hash: what people use and engines show.
pub fn short_id(id: &str) -> &str {
    let digits = id.strip_prefix("sha256:").unwrap_or(id);
    digits.get(..SHORT_ID).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_cut_and_replacements_are_recognised() {
        let id = "sha256:0123456789abcdef0123";
        assert_eq!(short_id(id), "0123456789ab");
        assert_eq!(short_id("abc"), "abc");
        let name = replacement(id, "shop-db-1");
        assert_eq!(name, "0123456789ab_shop-db-1");
        assert_eq!(final_name(&name), Some("shop-db-1"));
        assert_eq!((final_name("shop_db_1"), final_name("0123456789ab_")), (None, None));
    }
}
