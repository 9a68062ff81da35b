//! Building, with both builders: contexts, arguments, what is left out, base images, and the step that fails.

use std::collections::BTreeMap;
use std::sync::Mutex;

use xtask::diagnostic::{Diagnose, Diagnostic, Place};
use xtask::docker::{Credentials, Docker, DockerError, Endpoint, ImageBuild, Origin};
use xtask::event::{Event, Listener, Silent};
use xtask::stack::build::Build;
use xtask::stack::extra_hosts::ExtraHosts;

use crate::support::docker::registry::{Line, Manner};
use crate::support::docker::{Engine, engine};

/// Keeps the lines that builds write.
#[derive(Default)]
struct Output(Mutex<Vec<String>>);

impl Listener for Output {
    fn on(&self, event: Event) {
        if let Event::ImageOutput { line, .. } = event {
            self.0.lock().expect("unpoisoned").push(line);
        }
    }
}

impl Output {
    fn has(&self, part: &str) -> bool {
        self.0.lock().expect("unpoisoned").iter().any(|line| line.contains(part))
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

async fn docker(engine: &Engine) -> Docker {
    let socket = engine.socket().into_os_string().into_string().expect("UTF-8");
    Docker::connect(&Endpoint::unix(socket, Origin::Default)).await.expect("the engine answers")
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        std::fs::write(path, text).expect("written");
    }
    folder
}

/// The build of a service in a folder; `settle` writes its section.
fn of(folder: &tempfile::TempDir, service: &str, settle: impl FnOnce(&mut Build)) -> ImageBuild {
    let mut build = Build {
        place: Place { line: 3, ..Place::file("compose.yaml") },
        context: ".".to_owned(),
        dockerfile: Some("Dockerfile".to_owned()),
        dockerfile_inline: None,
        args: BTreeMap::new(),
        target: None,
        labels: BTreeMap::new(),
        cache_from: Vec::new(),
        no_cache: false,
        pull: false,
        network: None,
        shm_size: None,
        extra_hosts: ExtraHosts::default(),
        tags: Vec::new(),
        platforms: Vec::new(),
        ulimits: BTreeMap::new(),
    };
    settle(&mut build);
    ImageBuild {
        project: "build-test".to_owned(),
        services: vec![service.to_owned()],
        tags: vec![format!("build-test-{service}")],
        build,
        directory: camino::Utf8Path::from_path(folder.path()).expect("UTF-8").to_owned(),
        platform: None,
        compose_version: "2.26.1".to_owned(),
        classic: false,
    }
}

fn inline(text: &str) -> impl FnOnce(&mut Build) {
    move |build| {
        build.dockerfile = None;
        build.dockerfile_inline = Some(text.to_owned());
    }
}

fn built(engine: &Engine, build: &ImageBuild, listener: &dyn Listener) -> Result<String, DockerError> {
    block_on(async { docker(engine).await.build(build, &Credentials::default(), listener).await })
}

#[track_caller]
fn failed(engine: &Engine, build: &ImageBuild) -> Diagnostic {
    built(engine, build, &Silent).expect_err("it cannot be built").diagnose()
}

/// What a command in a new container of the image writes.
fn run(engine: &Engine, image: &str, script: &str) -> String {
    let settings = serde_json::json!({ "Image": image, "Cmd": ["sh", "-c", script], "Tty": true });
    let id = engine.post("/containers/create", &settings)["Id"].as_str().expect("an id").to_owned();
    engine.post(&format!("/containers/{id}/start"), &serde_json::Value::Null);
    engine.post(&format!("/containers/{id}/wait"), &serde_json::Value::Null);
    let log = engine.request("GET", &format!("/containers/{id}/logs?stdout=1&stderr=1"), "", &[]);
    engine.delete(&format!("/containers/{id}?force=1&v=1"));
    String::from_utf8_lossy(&log).replace("\r\n", "\n").trim().to_owned()
}

const FILE: &str = "ARG BASE=build-base:1
FROM ${BASE} AS first
ARG NAME
COPY . /context
RUN echo $NAME > /name && echo built for $NAME

FROM first AS second
RUN touch /second
";

#[test]
fn both_builders_make_the_image_that_compose_would() {
    let Some(engine) = engine() else { return };
    engine.busybox("build-base:1");
    for classic in [false, true] {
        let name = if classic { "classic" } else { "kit" };
        let folder = folder(&[
            ("app/Dockerfile", FILE),
            ("app/.dockerignore", "node_modules\n*.md\n!keep.md\n"),
            ("app/node_modules/x", ""),
            ("app/a.md", ""),
            ("app/keep.md", ""),
            ("app/run.sh", "#!/bin/sh\necho it runs\n"),
        ]);
        let mut build = of(&folder, name, |build| {
            build.context = "./app".to_owned();
            build.args = [("NAME".to_owned(), "the name".to_owned())].into();
            build.target = Some("first".to_owned());
            build.labels = [("own".to_owned(), "label".to_owned())].into();
        });
        let script = folder.path().join("app/run.sh");
        std::fs::set_permissions(script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("executable");
        build.classic = classic;
        let output = Output::default();
        let id = built(engine, &build, &output).expect("built");
        assert!(output.has("built for the name"), "{name}: {:?}", output.0);
        let tag = format!("build-test-{name}");
        let image = engine.get(&format!("/images/{tag}/json"));
        assert_eq!(image["Id"], id.as_str());
        let labels = &image["Config"]["Labels"];
        assert_eq!(labels["com.docker.compose.project"], "build-test", "{labels}");
        assert_eq!(labels["com.docker.compose.service"], name);
        assert_eq!(labels["com.docker.compose.version"], "2.26.1");
        assert_eq!(labels["own"], "label");
        let seen =
            run(engine, &tag, "cat /name; cd /context; find . | sort; ./run.sh; test -e /second && echo too far");
        let left = seen.lines().filter(|line| !line.contains("ockerfile") && !line.contains("dockerignore"));
        assert_eq!(left.collect::<Vec<_>>(), ["the name", ".", "./keep.md", "./run.sh", "it runs"], "{name}");

        assert_eq!(built(engine, &build, &Silent).expect("built again"), id, "{name}: nothing has changed");
    }
}

#[test]
fn the_step_that_fails_is_shown_with_its_line_and_its_words() {
    let Some(engine) = engine() else { return };
    engine.busybox("build-base:1");
    for classic in [false, true] {
        let folder = folder(&[(
            "Dockerfile",
            "FROM build-base:1\n# why\nENV A=b\nRUN echo before && \\\n    echo the reason >&2 && \\\n    exit 3\nRUN echo after\n",
        )]);
        let found = failed(engine, &ImageBuild { classic, ..of(&folder, "broken", |_| {}) });
        assert_eq!(found.code.as_str(), "build-failed");
        assert_eq!(found.places[0].display(), "Dockerfile:4:1", "classic: {classic} {found:?}");
        assert!(found.evidence[1].contains("the reason") && found.evidence[1].contains("before"), "{found:?}");
        assert!(found.evidence[2].contains('3'), "{found:?}");
        let left = engine.get("/containers/json?all=1&filters=%7B%22ancestor%22%3A%5B%22build-base%3A1%22%5D%7D");
        let running = left.as_array().expect("a list").iter().filter(|container| container["State"] == "exited");
        assert_eq!(running.filter(|it| it["Command"].to_string().contains("the reason")).count(), 0, "{left}");
    }
    let folder = folder(&[("Dockerfile", "FROM build-base:1\nRUNN x\n")]);
    let found = failed(engine, &of(&folder, "typo", |_| {}));
    assert!(found.evidence.iter().any(|line| line.to_lowercase().contains("unknown instruction")), "{found:?}");
    assert_eq!(found.places.first().map(|place| place.line), Some(2), "{found:?}");
}

#[test]
fn a_dockerfile_may_stand_in_the_compose_file_or_elsewhere() {
    let Some(engine) = engine() else { return };
    engine.busybox("build-base:1");
    let folder = folder(&[
        ("app/f", "content"),
        ("app/secret", ""),
        ("docker/Other", "FROM build-base:1\nCOPY . /all\n"),
        ("docker/Other.dockerignore", "secret"),
    ]);
    let app = |build: &mut Build| build.context = "app".to_owned();
    let mut in_compose_file = of(&folder, "inline", inline("FROM build-base:1\nCOPY f /f\n"));
    app(&mut in_compose_file.build);
    let elsewhere = of(&folder, "elsewhere", |build| {
        app(build);
        build.dockerfile = Some("../docker/Other".to_owned());
    });
    for build in [&in_compose_file, &elsewhere] {
        built(engine, build, &Silent).expect("built");
    }
    assert_eq!(run(engine, "build-test-inline", "cat /f"), "content");
    assert_eq!(run(engine, "build-test-elsewhere", "cd /all; find . -type f | grep -v dockerfile"), "./f");
}

#[test]
fn equal_sections_are_built_once_and_others_wait_for_what_they_begin_with() {
    let Some(engine) = engine() else { return };
    engine.busybox("build-base:1");
    let folder = folder(&[]);
    let once = "FROM build-base:1\nRUN echo running once && touch /once";
    let builds = [
        of(&folder, "late", inline("FROM build-test-one\nRUN test -e /once")),
        of(&folder, "one", inline(once)),
        of(&folder, "two", inline(once)),
    ];
    let groups = ImageBuild::grouped(builds);
    assert_eq!(groups.iter().map(|group| group.services.join("+")).collect::<Vec<_>>(), ["late", "one+two"]);
    let (heard, none) = (Output::default(), Credentials::default());
    let ids = block_on(async { docker(engine).await.build_all(&groups, &none, &heard).await });
    let ids: Vec<String> = ids.into_iter().map(|id| id.expect("built")).collect();
    assert_eq!(engine.get("/images/build-test-one/json")["Id"], ids[1].as_str());
    assert_eq!(engine.get("/images/build-test-two/json")["Id"], ids[1].as_str());
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn base_images_are_pulled_with_credentials_and_told_where_they_are_missing() {
    let Some(engine) = engine().filter(|engine| engine.has_registry()) else { return };
    engine.publish_unique("team/build-private:1", 1000);
    let line = Line::new(engine, Manner { login: Some(("me", "secret")), ..Manner::default() });
    let base = line.reference("team/build-private:1");
    let folder = folder(&[("Dockerfile", "ARG BASE\nFROM $BASE\nRUN echo on it\n")]);
    let build = of(&folder, "based", |build| build.args = [("BASE".to_owned(), base)].into());
    assert_eq!(failed(engine, &build).code.as_str(), "image-access-denied");
    let config = format!(r#"{{"auths":{{"{}":{{"username":"me","password":"secret"}}}}}}"#, line.host());
    let credentials = Credentials::parse(&config).expect("a configuration");
    let heard = Output::default();
    block_on(async { docker(engine).await.build(&build, &credentials, &heard).await }).expect("built");
    assert!(heard.has("on it"), "{:?}", heard.0);
}

#[test]
fn what_is_not_there_to_build_from_is_told_with_its_place() {
    let Some(engine) = engine() else { return };
    let folder = folder(&[]);
    let missing = failed(engine, &of(&folder, "nowhere", |build| build.context = "./nope".to_owned()));
    assert_eq!(missing.code.as_str(), "build-context-missing");
    assert!(missing.places[0].display().starts_with("compose.yaml:3"), "{missing:?}");
    let missing = failed(engine, &of(&folder, "nothing", |_| {}));
    assert_eq!(missing.code.as_str(), "build-dockerfile-missing");
    assert!(missing.title.ends_with("Dockerfile"), "{missing:?}");
}
