//! Requests that change something, as plain JSON.

use std::collections::BTreeMap;

use http_body_util::BodyExt as _;
use hyper::Method;
use hyper::body::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::engine::{Docker, request};
use super::error::DockerError;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Inside {
    containers: Option<BTreeMap<String, Named>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Named {
    name: String,
}

impl Docker {
    /// Asks for a change; gives the answer.
    pub(super) async fn post(&self, path: &str, body: Option<&Value>) -> Result<Bytes, DockerError> {
        self.act(Method::POST, path, body.map(|body| body.to_string().into())).await
    }

    /// Asks for a change; gives the answer. That something is so already is no failure.
    pub(super) async fn act(&self, method: Method, path: &str, body: Option<Bytes>) -> Result<Bytes, DockerError> {
        let response = self.send(request(method, path, body.unwrap_or_default())?).await?;
        let body = response.into_body().collect().await;
        Ok(body.map_err(|error| DockerError::Lost { cause: error.to_string() })?.to_bytes())
    }

    /// Has Podman check the health of a container now.
    pub(super) async fn check_health(&self, id: &str) -> Result<(), DockerError> {
        self.act(Method::GET, &format!("/libpod/containers/{id}/healthcheck"), None).await.map(drop)
    }

    /// The names of the containers in a network.
    pub(super) async fn in_network(&self, id: &str) -> Vec<String> {
        let inside: Inside = self.get(&format!("/networks/{id}")).await.unwrap_or_default();
        inside.containers.unwrap_or_default().into_values().map(|container| container.name).collect()
    }
}
