// A clock that ticks on while the page that started it is covered: browsers let
// the clocks of hidden pages sleep for up to a minute.
setInterval(() => postMessage(0), 1000);
