// node look.cjs FIRST ADDRESS... : what a real browser and axe-core find wrong with pages, as JSON on stdout.
// Every page is looked at light and dark, wide and 380 pixels wide, with all that folds open and folded.
const puppeteer = require("puppeteer-core");
const axe = require("fs").readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const [first, ...addresses] = process.argv.slice(2);
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

(async () => {
  const browser = await puppeteer.launch({executablePath: process.env.CHROMIUM, args: ["--no-sandbox"]});
  const page = await browser.newPage();
  const found = [];
  let at = "";
  page.on("console", (message) => {
    if (message.type() === "error") found.push({at, impact: "serious", what: message.text()});
  });
  page.on("requestfailed", (request) => found.push({at, impact: "serious", what: "not loaded: " + request.url()}));
  await page.goto(first);
  for (const address of addresses) {
    for (const width of [1280, 380]) {
      await page.setViewport({width, height: 900});
      for (const scheme of ["light", "dark"]) {
        await page.emulateMediaFeatures([{name: "prefers-color-scheme", value: scheme}]);
        at = `${address} ${scheme} ${width}`;
        await page.goto(new URL(address, first).href);
        await page.evaluate(axe);
        for (const open of [false, true]) {
          await page.evaluate((all) => document.querySelectorAll("details").forEach((each) => (each.open = all)), open);
          const aside = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          if (aside > 0) found.push({at, impact: "serious", what: `the page scrolls sideways by ${aside} pixels`});
          const {violations} = await page.evaluate((values) => axe.run(document, {runOnly: values}), RULES);
          for (const each of violations) found.push({at, impact: each.impact, what: `${each.id}: ${each.nodes[0].html}`});
        }
      }
    }
  }
  await browser.close();
  console.log(JSON.stringify({pages: addresses.length, found}));
})();
