//! Plans as text, from a file and from what an engine would have of it.

use std::collections::BTreeMap;

use super::super::configuration::ImageDefaults;
use super::super::labels::{self, ContainerLabels};
use super::super::observed::{Container, Image, Mounted, Network, Observed, State, Volume};
use super::super::{DownOptions, Identity, Plan, Project, UpOptions, names, sharing};
use crate::stack::{Stack, Variables};

const FILE: &str = "\
name: shop
services:
  db:
    image: postgres:17
    volumes: [data:/data]
    healthcheck: {test: [CMD, pg_isready]}
  seed:
    image: seed:1
    depends_on: {db: {condition: service_healthy}}
  api:
    image: api:1
    environment: {A: '1'}
    depends_on: {seed: {condition: service_completed_successfully}, db: {condition: service_started, restart: true}}
  cache: {image: cache:1}
  side: {image: api:1, network_mode: 'service:api'}
volumes: {data: {}}
";

struct Fixture {
    stack: Stack,
    identity: Identity,
    variables: Variables,
}

impl Fixture {
    fn of(text: &str) -> Self {
        let (stack, errors) = Stack::parse("/srv/shop/compose.yaml", text, &Variables::default());
        assert!(errors.is_empty(), "{errors:?}");
        let identity = Identity {
            name: "shop".into(),
            working_dir: "/srv/shop".into(),
            config_files: vec!["/srv/shop/compose.yaml".into()],
            env_files: Vec::new(),
            version: "2.40.3".into(),
        };
        Self { stack, identity, variables: Variables::default() }
    }

    fn project(&self) -> Project<'_> {
        Project { identity: &self.identity, stack: &self.stack, variables: &self.variables }
    }

    /// What an engine has after everything was brought up.
    fn observed(&self) -> Observed {
        let project = self.project();
        let mut observed = Observed::default();
        for (key, network) in &self.stack.networks {
            let labels = labels::of_network(&self.identity, key, None);
            let driver = "bridge".to_owned();
            let (id, name) = (format!("id of {}", network.name), network.name.clone());
            observed.networks.push(Network { id, name, labels, driver, ..Network::default() });
        }
        for (key, volume) in &self.stack.volumes {
            let labels = labels::of_volume(&self.identity, key, None);
            let driver = "local".to_owned();
            observed.volumes.push(Volume { name: volume.name.clone(), labels, driver, ..Volume::default() });
        }
        for service in &self.stack.services {
            let image = project.image(service);
            let id = format!("id of {image}");
            observed.images.insert(image, Image { id, platform: String::new(), defaults: ImageDefaults::default() });
            for number in 1..=service.replicas() {
                observed.containers.push(self.container(service, number));
            }
        }
        observed
    }

    fn container(&self, service: &crate::stack::Service, number: u32) -> Container {
        let project = self.project();
        let service = &sharing::resolved(service, &|other| Some(format!("id of {other} 1")));
        let image_id = format!("id of {}", project.image(service));
        let marks = ContainerLabels {
            project: &self.identity,
            service: &service.name,
            number: Some(number),
            config_hash: &project.service_hash(service),
            image_id: &image_id,
            depends_on: &service.depends_on,
        };
        let is_done = service.name == "seed";
        let configuration = project.configuration(service, number);
        let named = configuration.mounts.iter().map(|(target, mount)| Mounted {
            kind: mount.kind.clone(),
            source: mount.source.clone(),
            target: target.clone(),
            read_only: mount.read_only,
        });
        let network_ids = configuration.networks.keys().map(|name| (name.clone(), format!("id of {name}")));
        Container {
            id: format!("id of {} {number}", service.name),
            name: names::container("shop", service, number),
            labels: marks.labels(),
            state: if is_done { State::Exited { code: 0, out_of_memory: false } } else { State::Running },
            health: None,
            image_id,
            started_at: None,
            finished_at: None,
            restarts: 0,
            published: Vec::new(),
            mounted: named.collect(),
            network_ids: network_ids.collect(),
            configuration,
        }
    }

    fn up(&self, observed: &Observed, options: &UpOptions) -> String {
        Plan::up(self.project(), observed, options).expect("a plan").to_string()
    }
}

fn named(services: &[&str]) -> UpOptions {
    UpOptions { services: services.iter().map(|name| (*name).to_owned()).collect(), ..UpOptions::default() }
}

#[test]
fn from_nothing_each_step_waits_for_what_it_needs() {
    let plan = Fixture::of(FILE).up(&Observed::default(), &UpOptions { wait: true, ..UpOptions::default() });
    let expected = "\
0. create network shop_default
1. create volume shop_data
2. create shop-cache-1 (after 0)
3. start shop-cache-1 (after 2)
4. create shop-db-1 (after 0, 1)
5. start shop-db-1 (after 4)
6. wait until db is healthy (after 5)
7. create shop-seed-1 (after 0, 6)
8. start shop-seed-1 (after 7)
9. wait until seed is done (after 8)
10. create shop-api-1 (after 0, 5, 9)
11. start shop-api-1 (after 10)
12. create shop-side-1 (after 11)
13. start shop-side-1 (after 12)
14. wait until cache is ready (after 3)
15. wait until db is ready (after 5)
16. wait until seed is ready (after 8)
17. wait until api is ready (after 11)
18. wait until side is ready (after 13)
";
    assert_eq!(plan, expected);
}

#[test]
fn what_is_as_it_should_be_is_left_alone() {
    let fixture = Fixture::of(FILE);
    let plan = Plan::up(fixture.project(), &fixture.observed(), &UpOptions::default()).expect("a plan");
    assert!(!plan.changes_anything(), "{plan}");
    assert_eq!(plan.nodes().len(), 5);
}

#[test]
fn any_namespace_can_be_that_of_another_container() {
    let text = FILE.replace("network_mode: 'service:api'", "ipc: 'service:api', pid: 'service:api'");
    let observed = Fixture::of(&text).observed();
    let same = Fixture::of(&text);
    let plan = Plan::up(same.project(), &observed, &UpOptions::default()).expect("a plan");
    assert!(!plan.changes_anything(), "{plan}");
    let plan = Fixture::of(&text.replace("A: '1'", "A: '2'")).up(&observed, &UpOptions::default());
    assert!(plan.contains("recreate shop-api-1") && plan.contains("recreate shop-side-1"), "{plan}");
}

#[test]
fn what_changed_is_made_anew_with_what_shares_its_network() {
    let observed = Fixture::of(FILE).observed();
    let changed = Fixture::of(&FILE.replace("A: '1'", "A: '2'"));
    let plan = changed.up(&observed, &UpOptions::default());
    assert!(plan.contains("recreate shop-api-1") && plan.contains("recreate shop-side-1"), "{plan}");
    assert!(plan.contains("keep shop-db-1") && plan.contains("keep shop-seed-1"), "{plan}");
    // What is restarted after it: only what says so in the file.
    let forced = UpOptions { force_recreate: true, ..named(&["api"]) };
    let plan = Fixture::of(FILE).up(&observed, &forced);
    assert!(
        plan.contains("recreate shop-api-1") && plan.contains("keep shop-db-1") && !plan.contains("cache"),
        "{plan}"
    );
    let forced = UpOptions { force_recreate: true, ..named(&["db", "api"]) };
    let plan = Fixture::of(FILE).up(&observed, &UpOptions { services: vec!["db".into()], ..forced });
    assert_eq!(plan, "0. recreate shop-db-1\n1. start shop-db-1 (after 0)\n");
}

#[test]
fn a_hash_of_a_version_that_nobody_knows_is_no_change() {
    let fixture = Fixture::of(FILE);
    let mut observed = fixture.observed();
    for container in &mut observed.containers {
        container.labels.insert(labels::CONFIG_HASH.into(), "f".repeat(64));
    }
    let plan = Plan::up(fixture.project(), &observed, &UpOptions::default()).expect("a plan");
    assert!(!plan.changes_anything(), "{plan}");
}

/// As Podman 4.3.1 shows them.
#[test]
fn a_network_may_be_shown_by_its_name() {
    let fixture = Fixture::of(FILE);
    let mut observed = fixture.observed();
    for container in &mut observed.containers {
        container.network_ids.iter_mut().for_each(|(name, id)| id.clone_from(name));
    }
    let plan = Plan::up(fixture.project(), &observed, &UpOptions::default()).expect("a plan");
    assert!(!plan.changes_anything(), "{plan}");
    let without = Fixture::of(&FILE.replace("  cache: {", "  other: {"));
    let plan = Plan::down(Some(&without.stack), &observed, &DownOptions::default());
    assert!(!plan.to_string().contains("remove network shop_default"), "{plan}");
}

#[test]
fn another_image_of_the_same_name_is_a_change() {
    let fixture = Fixture::of(FILE);
    let mut observed = fixture.observed();
    observed.images.entry("cache:1".into()).and_modify(|image| image.id = "id of a newer one".into());
    let plan = fixture.up(&observed, &UpOptions::default());
    assert!(plan.contains("recreate shop-cache-1"), "{plan}");
}

#[test]
fn a_service_that_stands_still_is_started_after_what_it_needs() {
    let fixture = Fixture::of(FILE);
    let mut observed = fixture.observed();
    for container in observed.containers.iter_mut().filter(|it| ["api", "db"].contains(&it.service())) {
        container.state = State::Exited { code: 0, out_of_memory: false };
    }
    let plan = fixture.up(&observed, &named(&["api"]));
    let expected = "\
0. keep shop-db-1
1. start shop-db-1 (after 0)
2. keep shop-seed-1
3. wait until seed is done (after 2)
4. keep shop-api-1 (after 0, 1, 3)
5. start shop-api-1 (after 4)
";
    assert_eq!(plan, expected);
}

#[test]
fn services_with_a_profile_take_part_when_it_is_active_or_they_are_named() {
    let text = FILE.replace("{image: cache:1}", "{image: cache:1, profiles: [x]}");
    let fixture = Fixture::of(&text);
    let has = |options: &UpOptions| fixture.up(&Observed::default(), options).contains("shop-cache-1");
    assert!(!has(&UpOptions::default()) && has(&named(&["cache"])));
    assert!(has(&UpOptions { profiles: vec!["x".into()], ..UpOptions::default() }));
}

#[test]
fn what_is_left_over_is_told_of_and_removed_if_asked() {
    let fixture = Fixture::of(FILE);
    let mut observed = fixture.observed();
    let mut orphan = observed.containers[0].clone();
    orphan.labels.insert(labels::SERVICE.into(), "gone".into());
    (orphan.id, orphan.name) = ("orphan".into(), "shop-gone-1".into());
    observed.containers.push(orphan);
    let plan = Plan::up(fixture.project(), &observed, &UpOptions::default()).expect("a plan");
    assert!(plan.notices[0].contains("shop-gone-1") && !plan.changes_anything());
    let plan = fixture.up(&observed, &UpOptions { remove_orphans: true, ..UpOptions::default() });
    assert!(plan.ends_with("5. stop shop-gone-1\n6. remove shop-gone-1 (after 5)\n"), "{plan}");
}

#[test]
fn external_volumes_and_networks_must_be_there_and_stay() {
    let text = FILE.replace("volumes: {data: {}}", "volumes: {data: {external: true}}");
    let fixture = Fixture::of(&text);
    let errors = Plan::up(fixture.project(), &Observed::default(), &UpOptions::default()).expect_err("it is missing");
    assert_eq!(errors.iter().map(ToString::to_string).collect::<Vec<_>>(), ["the external volume data does not exist"]);
    let down = DownOptions { volumes: true, ..DownOptions::default() };
    let observed = Fixture::of(FILE).observed();
    assert!(
        Plan::down(Some(&Fixture::of(FILE).stack), &observed, &down).to_string().contains("remove volume shop_data")
    );
    let mut external = observed;
    external.volumes[0].name = "data".into();
    assert!(!Plan::down(Some(&fixture.stack), &external, &down).to_string().contains("volume"));
}

#[test]
fn taking_down_goes_the_other_way_with_or_without_the_file() {
    let fixture = Fixture::of(FILE);
    let observed = fixture.observed();
    for stack in [Some(&fixture.stack), None] {
        let plan = Plan::down(stack, &observed, &DownOptions::default()).to_string();
        let at = |step: &str| plan.find(step).unwrap_or_else(|| panic!("{step}:\n{plan}"));
        assert!(
            at("stop shop-side-1") < at("stop shop-api-1") && at("stop shop-api-1") < at("stop shop-db-1"),
            "{plan}"
        );
        assert!(at("stop shop-api-1 (after 1)") > 0 && at("remove network shop_default (after") > 0, "{plan}");
        assert!(!plan.contains("volume") && !plan.contains("stop shop-seed-1"), "{plan}");
    }
    // A job in between that has ended does not break the chain.
    let chained = Fixture::of(&FILE.replace(", db: {condition: service_started, restart: true}", ""));
    let plan = Plan::stop(Some(&chained.stack), &chained.observed(), &[], None).to_string();
    assert!(plan.contains("stop shop-api-1 (after 1)") && plan.contains("stop shop-db-1 (after 1, 2)"), "{plan}");
    let two = ["db".to_owned(), "api".to_owned()];
    let plan = Plan::stop(Some(&chained.stack), &chained.observed(), &two, None).to_string();
    assert_eq!(plan, "0. stop shop-api-1\n1. stop shop-db-1 (after 0)\n");
    let of_db = DownOptions { services: vec!["seed".into()], ..DownOptions::default() };
    let plan = Plan::down(Some(&fixture.stack), &observed, &of_db).to_string();
    assert!(plan.contains("remove shop-api-1") && !plan.contains("shop-db-1") && !plan.contains("network"), "{plan}");
    let stop = Plan::stop(Some(&fixture.stack), &observed, &["db".to_owned()], None);
    assert_eq!(stop.to_string(), "0. stop shop-db-1\n");
}

#[test]
fn drift_tells_what_the_file_says_now() {
    let observed = Fixture::of(FILE).observed();
    let changed = Fixture::of(&FILE.replace("A: '1'", "A: '2'"));
    let drift = super::super::drift(changed.project(), &observed);
    let lines: BTreeMap<_, _> = drift.iter().map(|(name, all)| (name.as_str(), all[0].to_string())).collect();
    assert_eq!(lines, BTreeMap::from([("api", "environment.A: 1 → 2".to_owned())]));
}
