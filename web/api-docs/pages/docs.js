// Starts Swagger UI on /docs.
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  requestSnippetsEnabled: true,
  tryItOutEnabled: true,
  validatorUrl: null, // asks nobody else about the document
});
