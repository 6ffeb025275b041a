// Shows the contract. Nothing is sent anywhere but to this installation: no
// validator, no key kept after the page is closed.
SwaggerUIBundle({
  url: "/api/v1/openapi.json",
  dom_id: "#ui",
  deepLinking: true,
  docExpansion: "list",
  validatorUrl: null,
  persistAuthorization: false,
});
