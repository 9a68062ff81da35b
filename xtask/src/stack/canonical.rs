//! The canonical form of a project: what `docker compose config --format json` prints.
//!
//! Follows the structs of compose-go, whose order of fields is that of the JSON, and hence of the config hash.

use std::collections::BTreeMap;

use super::Stack;
use super::attachment::Attachment;
use super::blkio::Blkio;
use super::build::Build;
use super::deploy::{Deploy, DeployRestart, Resource};
use super::dialect::Dialect;
use super::env_file::EnvFile;
use super::file_mount::{FileMount, Mode};
use super::file_object::{Content, FileObject};
use super::healthcheck::Healthcheck;
use super::hook::Hook;
use super::json::{Json, Object};
use super::network::{Ipam, Network};
use super::ports::Port;
use super::selection::Selection;
use super::service::{PullPolicy, Service};
use super::ulimit::Ulimit;
use super::units::go_duration;
use super::volume::Volume;
use super::volumes::Mount;

impl Stack {
    /// The project with the services of a selection, and with what they use of networks, volumes, secrets and
    /// configs. A `$` is doubled, so that the text could be read as a Compose file again.
    pub fn canonical(&self, selection: &Selection<'_>, dialect: Dialect) -> String {
        let mut entries: BTreeMap<String, Json> = self.extensions.clone();
        let mut services: Vec<(String, Json)> = Vec::new();
        for service in &selection.services {
            // Their labels stand among the service's own.
            let shown = Service { label_files: Vec::new(), ..(*service).clone() };
            services.push((service.name.clone(), service_json(&shown, dialect)));
        }
        services.sort_by(|one, other| one.0.cmp(&other.0));
        let mut add = |key: &str, values: Vec<(String, Json)>| {
            if !values.is_empty() {
                entries.insert(key.to_owned(), Json::Object(values));
            }
        };
        add("networks", used(&self.networks, &selection.networks(), network_json));
        add("volumes", used(&self.volumes, &selection.volumes(), volume_json));
        add("secrets", used(&self.secrets, &selection.secrets(), file_object_json));
        add("configs", used(&self.configs, &selection.configs(), file_object_json));
        entries.insert("name".to_owned(), Json::Text(self.name.clone()));
        entries.insert("services".to_owned(), Json::Object(services));
        Json::Object(entries.into_iter().collect()).pretty().replace('$', "$$")
    }
}

fn used<T>(all: &BTreeMap<String, T>, used: &[&str], json: impl Fn(&T) -> Json) -> Vec<(String, Json)> {
    all.iter().filter(|(key, _)| used.contains(&key.as_str())).map(|(key, value)| (key.clone(), json(value))).collect()
}

/// A service in the order of compose-go's `ServiceConfig`.
pub(super) fn service_json(service: &Service, dialect: Dialect) -> Json {
    let mut object = Object::default();
    object
        .texts("profiles", &service.profiles)
        .map("annotations", &service.annotations)
        .optional_flag("attach", service.attach)
        .some("build", service.build.as_ref().map(build_json))
        .some("develop", service.develop.as_ref().map(|develop| develop.json(dialect)))
        .some("blkio_config", service.blkio.as_ref().map(Blkio::json))
        .texts("cap_add", &service.cap_add)
        .texts("cap_drop", &service.cap_drop)
        .text("cgroup_parent", service.cgroup_parent.as_ref())
        .text("cgroup", service.cgroup.as_ref())
        .integer("cpu_period", service.cpu_period)
        .integer("cpu_quota", service.cpu_quota)
        .single("cpus", service.cpus)
        .text("cpuset", service.cpuset.as_ref())
        .integer("cpu_shares", service.cpu_shares)
        .always("command", words_json(service.command.as_deref()))
        .list("configs", service.configs.iter().map(|mount| file_mount_json(mount, dialect)).collect())
        .text("container_name", service.container_name.as_ref())
        .object("depends_on", dependencies(service))
        .some("deploy", service.deploy.as_ref().map(|deploy| deploy_json(deploy, service, dialect)))
        .texts("device_cgroup_rules", &service.device_cgroup_rules)
        .list("devices", service.devices.iter().map(|device| device.json(dialect)).collect())
        .texts("dns", &service.dns)
        .texts("dns_opt", &service.dns_opt)
        .texts("dns_search", &service.dns_search)
        .text("domainname", service.domainname.as_ref())
        .always("entrypoint", words_json(service.entrypoint.as_deref()))
        .object("environment", environment(service))
        .list("env_file", service.env_files.iter().map(env_file_json).collect())
        .texts("expose", &service.expose)
        .texts("external_links", &service.external_links)
        .texts("extra_hosts", &service.extra_hosts.pairs('='))
        .texts("group_add", &service.group_add)
        .list("gpus", service.gpus.iter().map(|request| request.json(dialect)).collect())
        .text("hostname", service.hostname.as_ref())
        .some("healthcheck", service.healthcheck.as_ref().map(healthcheck_json))
        .text("image", service.image.as_ref().map(|image| &image.value))
        .optional_flag("init", service.init)
        .text("ipc", service.ipc.as_ref());
    after_ipc(&mut object, service, dialect);
    object.done()
}

fn after_ipc(object: &mut Object, service: &Service, dialect: Dialect) {
    let located = |text: &Option<super::located::Located<String>>| text.as_ref().map(|text| text.value.clone());
    object
        .map("labels", &service.labels)
        .texts("label_file", &service.label_files.iter().map(|file| file.value.to_string()).collect::<Vec<_>>())
        .texts("links", &service.links)
        .some("logging", logging(service))
        .bytes("mem_limit", service.mem_limit)
        .bytes("mem_reservation", service.mem_reservation)
        .bytes("memswap_limit", service.memswap_limit)
        .bytes("mem_swappiness", service.mem_swappiness)
        .text("mac_address", service.mac_address.as_ref())
        .text("network_mode", located(&service.network_mode))
        .object("networks", attachments(service, dialect))
        .flag("oom_kill_disable", service.oom_kill_disable)
        .integer("oom_score_adj", service.oom_score_adj)
        .text("pid", service.pid.as_ref())
        .integer("pids_limit", service.pids_limit)
        .text("platform", located(&service.platform))
        .list("ports", service.ports.iter().map(|port| port_json(&port.value)).collect())
        .flag("privileged", service.privileged)
        .text("pull_policy", service.pull_policy.as_ref().map(PullPolicy::as_str))
        .flag("read_only", service.read_only)
        .text("restart", service.restart.as_ref())
        .text("runtime", service.runtime.as_ref())
        .some("scale", service.scale.map(|scale| Json::Integer(scale.into())))
        .list("secrets", service.secrets.iter().map(|mount| file_mount_json(mount, dialect)).collect())
        .texts("security_opt", &service.security_opt)
        .bytes("shm_size", service.shm_size)
        .flag("stdin_open", service.stdin_open)
        .text("stop_grace_period", service.stop_grace_period.map(go_duration))
        .text("stop_signal", service.stop_signal.as_ref())
        .map("storage_opt", &service.storage_opt)
        .map("sysctls", &service.sysctls)
        .texts("tmpfs", &service.tmpfs)
        .flag("tty", service.tty)
        .object("ulimits", ulimits(&service.ulimits))
        .text("user", service.user.as_ref())
        .text("userns_mode", service.userns_mode.as_ref())
        .text("uts", service.uts.as_ref())
        .list("volumes", service.volumes.iter().map(|mount| mount_json(&mount.value, dialect)).collect())
        .texts("volumes_from", &volumes_from(service))
        .text("working_dir", service.working_dir.as_ref())
        .list("post_start", service.post_start.iter().map(Hook::json).collect())
        .list("pre_stop", service.pre_stop.iter().map(Hook::json).collect());
}

fn volumes_from(service: &Service) -> Vec<String> {
    service.volumes_from.iter().map(|volumes| volumes.written.clone()).collect()
}

fn words_json(words: Option<&[String]>) -> Json {
    words.map_or(Json::Null, Json::from)
}

fn build_json(build: &Build) -> Json {
    Object::default()
        .text("context", Some(&build.context))
        .text("dockerfile", build.dockerfile.as_ref())
        .text("dockerfile_inline", build.dockerfile_inline.as_ref())
        .map("args", &build.args)
        .map("labels", &build.labels)
        .texts("cache_from", &build.cache_from)
        .flag("no_cache", build.no_cache)
        .flag("pull", build.pull)
        .texts("extra_hosts", &build.extra_hosts.pairs('='))
        .text("network", build.network.as_ref())
        .text("target", build.target.as_ref())
        .bytes("shm_size", build.shm_size)
        .texts("tags", &build.tags)
        .object("ulimits", ulimits(&build.ulimits))
        .texts("platforms", &build.platforms)
        .done()
}

fn dependencies(service: &Service) -> Vec<(String, Json)> {
    let dependency = |(name, dependency): (&String, &super::dependency::Dependency)| {
        let mut object = Object::default();
        object
            .text("condition", Some(dependency.condition.as_str()))
            .flag("restart", dependency.restart)
            .always("required", Json::Bool(dependency.required));
        (name.clone(), object.done())
    };
    service.depends_on.iter().map(dependency).collect()
}

fn deploy_json(deploy: &Deploy, service: &Service, dialect: Dialect) -> Json {
    let resource = |resource: &Resource| {
        Object::default()
            .single("cpus", resource.cpus)
            .bytes("memory", resource.memory)
            .integer("pids", resource.pids)
            .list("devices", resource.devices.iter().map(|request| request.json(dialect)).collect())
            .done()
    };
    let mut resources = Object::default();
    resources.some("limits", deploy.limits.as_ref().map(resource));
    resources.some("reservations", deploy.reservations.as_ref().map(resource));
    // Compose copies `scale` to where nothing is said.
    let replicas = service.scale.or(deploy.replicas);
    Object::default()
        .text("mode", deploy.mode.as_ref())
        .some("replicas", replicas.map(|replicas| Json::Integer(replicas.into())))
        .map("labels", &deploy.labels)
        .always("resources", resources.done())
        .some("restart_policy", deploy.restart_policy.as_ref().map(deploy_restart_json))
        .always("placement", Json::Object(Vec::new()))
        .done()
}

fn deploy_restart_json(policy: &DeployRestart) -> Json {
    Object::default()
        .text("condition", policy.condition.as_ref())
        .text("delay", policy.delay.map(go_duration))
        .some("max_attempts", policy.max_attempts.map(|attempts| Json::Integer(attempts.into())))
        .text("window", policy.window.map(go_duration))
        .done()
}

fn environment(service: &Service) -> Vec<(String, Json)> {
    let value = |value: &Option<String>| value.clone().map_or(Json::Null, Json::Text);
    service.environment.iter().map(|(name, text)| (name.clone(), value(text))).collect()
}

fn env_file_json(file: &EnvFile) -> Json {
    if file.required {
        return Json::Text(file.path.to_string());
    }
    Object::default()
        .text("path", Some(&file.path))
        .always("required", Json::Bool(false))
        .text("format", file.raw.then_some("raw"))
        .done()
}

fn healthcheck_json(check: &Healthcheck) -> Json {
    Object::default()
        .texts("test", &check.test)
        .text("timeout", check.timeout.map(go_duration))
        .text("interval", check.interval.map(go_duration))
        .some("retries", check.retries.map(|retries| Json::Integer(retries.into())))
        .text("start_period", check.start_period.map(go_duration))
        .text("start_interval", check.start_interval.map(go_duration))
        .flag("disable", check.disable)
        .done()
}

fn logging(service: &Service) -> Option<Json> {
    let logging = service.logging.as_ref()?;
    Some(Object::default().text("driver", logging.driver.as_ref()).map("options", &logging.options).done())
}

fn attachments(service: &Service, dialect: Dialect) -> Vec<(String, Json)> {
    let attachment = |attachment: &Attachment| attachment.json(dialect);
    let entry =
        |(key, value): (&String, &Option<Attachment>)| (key.clone(), value.as_ref().map_or(Json::Null, attachment));
    service.networks.iter().map(entry).collect()
}

fn port_json(port: &Port) -> Json {
    Object::default()
        .text("name", Some(&port.name))
        .text("mode", Some(&port.mode))
        .text("host_ip", Some(&port.host_ip))
        .integer("target", Some(port.target.into()))
        .text("published", Some(&port.published))
        .text("protocol", Some(&port.protocol))
        .text("app_protocol", Some(&port.app_protocol))
        .done()
}

fn file_mount_json(mount: &FileMount, dialect: Dialect) -> Json {
    let mode = mount.mode.as_ref().map(|mode| match mode {
        mode if dialect.writes_mode_as_text() => Json::Text(format!("0{:o}", mode.bits())),
        Mode::Number(number) => Json::Integer((*number).into()),
        Mode::Text(text) => Json::Integer(text.parse().unwrap_or_default()),
    });
    Object::default()
        .text("source", Some(&mount.source))
        .text("target", mount.target.as_ref())
        .text("uid", mount.uid.as_ref())
        .text("gid", mount.gid.as_ref())
        .some("mode", mode)
        .done()
}

fn ulimits(ulimits: &BTreeMap<String, Ulimit>) -> Vec<(String, Json)> {
    let json = |limit: &Ulimit| match *limit {
        Ulimit::Single(limit) if limit != 0 => Json::Integer(limit.into()),
        Ulimit::Single(_) => Json::Object(Vec::new()),
        Ulimit::Pair { soft, hard } => Object::default().integer("soft", Some(soft)).integer("hard", Some(hard)).done(),
    };
    ulimits.iter().map(|(name, limit)| (name.clone(), json(limit))).collect()
}

fn mount_json(mount: &Mount, dialect: Dialect) -> Json {
    let bind = mount.bind.as_ref().map(|bind| {
        let mut object = Object::default();
        object.text("selinux", Some(&bind.selinux)).text("propagation", Some(&bind.propagation));
        if dialect.assumes_host_path() {
            object.some("create_host_path", (!bind.create_host_path).then_some(Json::Bool(false)));
        } else {
            object.flag("create_host_path", bind.create_host_path);
        }
        object.text("recursive", Some(&bind.recursive)).done()
    });
    let volume = mount
        .volume
        .as_ref()
        .map(|volume| Object::default().flag("nocopy", volume.nocopy).text("subpath", Some(&volume.subpath)).done());
    let tmpfs = mount
        .tmpfs
        .as_ref()
        .map(|tmpfs| Object::default().bytes("size", Some(tmpfs.size)).integer("mode", Some(tmpfs.mode.into())).done());
    Object::default()
        .text("type", Some(&mount.kind))
        .text("source", Some(&mount.source))
        .text("target", Some(&mount.target))
        .flag("read_only", mount.read_only)
        .text("consistency", Some(&mount.consistency))
        .some("bind", bind)
        .some("volume", volume)
        .some("tmpfs", tmpfs)
        .done()
}

/// A network in the order of compose-go's `NetworkConfig`.
pub(super) fn network_json(network: &Network) -> Json {
    Object::default()
        .text("name", Some(&network.name))
        .text("driver", network.driver.as_ref())
        .map("driver_opts", &network.driver_opts)
        .always("ipam", ipam_json(&network.ipam))
        .flag("external", network.external)
        .flag("internal", network.internal)
        .flag("attachable", network.attachable)
        .map("labels", &network.labels)
        .optional_flag("enable_ipv4", network.enable_ipv4)
        .optional_flag("enable_ipv6", network.enable_ipv6)
        .done()
}

fn ipam_json(ipam: &Ipam) -> Json {
    let pool = |pool: &super::network::IpamPool| {
        Object::default()
            .text("subnet", pool.subnet.as_ref())
            .text("gateway", pool.gateway.as_ref())
            .text("ip_range", pool.ip_range.as_ref())
            .map("aux_addresses", &pool.aux_addresses)
            .done()
    };
    Object::default().text("driver", ipam.driver.as_ref()).list("config", ipam.pools.iter().map(pool).collect()).done()
}

/// A volume in the order of compose-go's `VolumeConfig`.
pub(super) fn volume_json(volume: &Volume) -> Json {
    Object::default()
        .text("name", Some(&volume.name))
        .text("driver", volume.driver.as_ref())
        .map("driver_opts", &volume.driver_opts)
        .flag("external", volume.external)
        .map("labels", &volume.labels)
        .done()
}

fn file_object_json(object: &FileObject) -> Json {
    let mut json = Object::default();
    json.text("name", Some(&object.name));
    match &object.content {
        Content::File(path) => json.text("file", Some(path)),
        Content::Variable(name) => json.text("environment", Some(name)),
        Content::Text(text) => json.text("content", Some(text)),
        Content::External => json.flag("external", true),
    };
    json.map("labels", &object.labels).done()
}
