// Starts ReDoc on /redoc.
Redoc.init("/openapi.json", { hideDownloadButtons: false, pathInMiddlePanel: true }, document.getElementById("redoc"));
