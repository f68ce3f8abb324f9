"""Notes that different readers may write: those of a group say the same, those of two groups do not.

Groups that follow each other are about the same things, so that they are easily taken for one another.
"""

GROUPS: tuple[tuple[str, ...], ...] = (
    (
        "Look at the lock before you try the handle.",
        "Before trying the handle, look at the lock first.",
        "Check the lock first and only then try the handle.",
    ),
    (
        "Try the handle again after the lock was opened.",
        "Once the lock is open, try the handle once more.",
        "After opening the lock, push the handle again.",
    ),
    (
        "Read the order's status before you cancel it, because a shipped order cannot be cancelled.",
        "A shipped order cannot be cancelled, so read its status before cancelling.",
        "Check the status of the order first; an order that has shipped can no longer be cancelled.",
    ),
    (
        "A shipped order can still be returned once it has been delivered.",
        "Offer a return for an order that has shipped, as soon as it is delivered.",
        "When the order was delivered, return it instead of cancelling.",
    ),
    (
        "Ask the customer to confirm the new address before you change the order.",
        "Get the customer's confirmation of the new address before changing the order.",
        "Change the order only after the customer has confirmed the new address.",
    ),
    (
        "Change the customer's default address too when the order's address is wrong.",
        "If the order has a wrong address, correct the default address of the customer as well.",
        "A wrong address on the order calls for changing the customer's default address too.",
    ),
    (
        "Collect all items to exchange first, since an exchange can be done only once per order.",
        "An order can be exchanged only once, so collect every item before the exchange.",
        "Since only one exchange per order is possible, gather all items that are to be exchanged first.",
    ),
    (
        "Compare the price of the new item with that of the old one before an exchange.",
        "Before exchanging, compare the prices of the old and the new item.",
        "Tell the customer the price difference between the new and the old item before the exchange.",
    ),
    (
        "Restart the router after the settings were reset, since the reset takes effect only then.",
        "The reset takes effect only after a restart, so restart the router after resetting the settings.",
        "After resetting the settings, have the router restarted; before that the reset does nothing.",
    ),
    (
        "Do not reset the settings while the router restarts.",
        "Never reset the settings during a restart of the router.",
        "While the router is restarting, leave its settings alone and do not reset them.",
    ),
    (
        "A test that still fails after one repair means another fault is left, so go on with the next one.",
        "If the test still fails after a repair, another fault is left; go on to the next one.",
        "Go on with the next fault when the test still fails after one repair.",
    ),
    (
        "Run the test again after every repair.",
        "After each repair, run the test again.",
        "Repeat the test after every single repair.",
    ),
    (
        "Choose the size and the colour before you buy.",
        "Before buying, choose both size and colour.",
        "Select colour and size first, then buy.",
    ),
    (
        "Buy only when the price is below the limit in the task.",
        "Do not buy unless the price is under the limit that the task gives.",
        "Check that the price stays below the task's limit before you buy.",
    ),
    (
        "Open the description when the title does not say what the task asks for.",
        "If the title leaves out what the task asks for, open the description.",
        "When the title does not tell the wanted feature, read the item's description.",
    ),
    (
        "Go back to the results when the description lacks what the task asks for.",
        "If the description does not have what the task asks for, return to the results.",
        "Return to the list of results if the wanted feature is not in the description.",
    ),
    (
        "Transfer to a human when the SIM is locked with a PIN.",
        "A SIM that is locked with a PIN cannot be repaired in the call, so transfer to a human.",
        "If a PIN locks the SIM, transfer the caller to a human.",
    ),
    (
        "Reseat the SIM when none is detected, before you transfer to a human.",
        "When no SIM is detected, have it reseated before any transfer to a human.",
        "Before transferring, have a SIM reseated that the phone does not detect.",
    ),
)
