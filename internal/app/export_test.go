package app

// Beat sends one trial all the way round.
var Beat = (*App).beat
