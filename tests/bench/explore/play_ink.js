// Plays an ink story with inkjs again and again, choosing any option alike, for some seconds of processor time.
// Arguments: inkjs, the story, seconds.
const fs = require('fs');
const [, , inkjs, file, seconds] = process.argv;
const {Compiler} = require(inkjs);

const story = new Compiler(fs.readFileSync(file, 'utf8')).Compile();
let plays = 0, decisions = 0, seed = 1;

// Chance is no part of what is measured.
function below(n) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor(seed / 4294967296 * n);
}

function play() {
    story.ResetState();
    for (;;) {
        while (story.canContinue)
            story.Continue();
        const n = story.currentChoices.length;
        if (n === 0)
            return;
        decisions++;
        story.ChooseChoiceIndex(below(n));
    }
}

const begin = process.cpuUsage();
let used = 0;
while (used < seconds * 1e6) {
    play();
    plays++;
    const now = process.cpuUsage(begin);
    used = now.user + now.system;
}
console.log(`${plays} plays, ${decisions} decisions, ${(used / 1e6).toFixed(2)} s`);
