// The API's routes, out of its OpenAPI document.

import { ask } from "../annotate/api.js";
import { fill, make } from "../dom.js";

const PREFIX = "/api/v1";

/** Open it. */
export async function open(element) {
  const document = await ask(`${PREFIX}/openapi.json`, {});
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({ path, method, route })));
  const parts = new Map();
  for (const each of routes) {
    const part = each.route.tags?.[0] ?? "others";
    parts.set(part, [...(parts.get(part) ?? []), each]);
  }
  fill(element,
    make("h1", {}, document.info.title),
    make("p", {}, document.info.description),
    make("p", {}, "For programs: ", make("a", { href: `${PREFIX}/openapi.json` }, `${PREFIX}/openapi.json`)),
    [...parts].flatMap(([part, listed]) => [make("h2", {}, part), ...listed.map((each) => routeOf(each, document))]));
  return () => {};
}

function routeOf({ path, method, route }, document) {
  const parameters = (route.parameters ?? []).map((parameter) =>
    make("tr", {}, make("td", { class: "mono" }, parameter.name), make("td", {}, parameter.in),
      make("td", { class: "mono" }, typeOf(parameter.schema)), make("td", {}, parameter.description ?? "")));
  const answer = route.responses["200"]?.content ?? {};
  const [kind, content] = Object.entries(answer)[0] ?? ["", {}];
  const body = route.requestBody?.content?.["application/json"]?.schema;
  return make("details", { class: "api-route panel" },
    make("summary", {}, make("span", { class: "method" }, method.toUpperCase()), ` ${PREFIX}${path}`),
    make("div", {},
      make("p", {}, route.description ?? route.summary),
      parameters.length ? make("table", {}, make("tbody", {}, parameters)) : null,
      body ? [make("p", {}, "takes"), make("pre", {}, described(body, document))] : null,
      make("p", {}, `answers ${kind}`),
      content.schema ? make("pre", {}, described(content.schema, document)) : null,
      make("p", { class: "soft" }, `errors: ${Object.keys(route.responses).filter((code) => code !== "200").join(", ")}`)));
}

/** A schema as lines `name: type — description`. */
function described(schema, document) {
  const found = resolved(schema, document);
  if (!found.properties) return typeOf(schema);
  return Object.entries(found.properties)
    .map(([name, each]) => `${name}${found.required?.includes(name) ? "" : "?"}: ${typeOf(each)}${each.description ? ` — ${each.description}` : ""}`)
    .join("\n");
}

function resolved(schema, document) {
  if (!schema.$ref) return schema;
  return document.components.schemas[schema.$ref.split("/").at(-1)];
}

function typeOf(schema = {}) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.type === "array") return `${typeOf(schema.items)}[]`;
  if (schema.additionalProperties) return `{name: ${typeOf(schema.additionalProperties)}}`;
  return schema.type ?? "any";
}
