// A walk through a timeline: one moment after the other, in words. Needs nothing but this page.
'use strict';

(function () {
    // The moments of a picture, in the order of time; a span counts when it begins.
    function moments(svg) {
        const shapes = Array.from(svg.querySelectorAll('[data-at]'));
        const said = (shape) => shape.querySelector('title').textContent;
        return shapes
            .map((shape) => ({ shape, at: Number(shape.dataset.at), said: said(shape) }))
            .sort((one, other) => one.at - other.at);
    }

    function button(label, text, act) {
        const made = document.createElement('button');
        made.type = 'button';
        made.textContent = text;
        made.setAttribute('aria-label', label);
        made.addEventListener('click', act);
        return made;
    }

    function walk(figure) {
        const svg = figure.querySelector('svg.timeline');
        const all = svg ? moments(svg) : [];
        if (all.length === 0) {
            return;
        }
        let now = -1;
        const words = document.createElement('span');
        words.setAttribute('aria-live', 'polite');
        const count = document.createElement('span');
        count.className = 'count';

        function show(next) {
            if (now >= 0) {
                all[now].shape.classList.remove('now');
            }
            now = Math.max(0, Math.min(all.length - 1, next));
            const { shape, said } = all[now];
            shape.classList.add('now');
            const lane = shape.dataset.lane;
            words.textContent = lane ? lane + ', ' + said : said;
            count.textContent = now + 1 + ' of ' + all.length;
        }

        const bar = document.createElement('div');
        bar.className = 'steps';
        bar.append(
            button('the moment before', '◀', () => show(now - 1)),
            button('the next moment', '▶', () => show(now + 1)),
            count,
            words
        );
        words.textContent = 'step through it with the arrows';
        // A click on a shape goes to its moment.
        all.forEach((moment, index) => moment.shape.addEventListener('click', () => show(index)));
        // Arrow keys turn the book's pages, but not while they walk here.
        bar.addEventListener('keydown', (event) => {
            const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
            if (by) {
                event.preventDefault();
                event.stopPropagation();
                show(now + by);
            }
        });
        figure.append(bar);
    }

    document.querySelectorAll('figure.walk').forEach(walk);
})();
